import type { Database } from './database.server.ts'
import type { Limits, Pool, Queryable } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

/** A statement exceeded its time limit. */
export class SlowQueryError extends Error {
  override name = 'SlowQueryError'
}

const CANCELLED = '57014'

/** Limits of what a person or a program waits for. */
export const INTERACTIVE = { statementMs: 2_000, lockMs: 1_000 } satisfies Limits
/** Limits of a page of an export. */
export const EXPORT = { statementMs: 30_000, lockMs: 5_000 } satisfies Limits

/** Read-only access to a database. */
export interface Reader {
  profile: Database['profile']
  /**
   * Runs `work` in a short read-only transaction; several can run concurrently. `work` awaits nothing but its
   * own statements: an external call would keep a connection from others. The embedded database has a single
   * session, so each statement runs on its own there and cannot be aborted; callers limit the amount of data
   * they scan.
   *
   * @param statementMs time limit of each statement, if it is not the reader's own.
   * @throws SlowQueryError if a statement exceeds it.
   */
  run<T>(work: (db: Queryable) => Promise<T>, statementMs?: number): Promise<T>
}

/**
 * @param settings statements with which each of its transactions begins, after those of the pool; on the embedded
 * profile each statement then has a transaction of its own.
 */
export function openReader(
  { pool, profile }: Pick<Database, 'pool' | 'profile'>,
  limits: Limits = INTERACTIVE,
  settings?: () => Promise<string>,
): Reader {
  const own = async () => (settings ? withSettings(pool, await settings()) : pool)
  if (profile === 'embedded')
    return { profile, run: async (work) => work({ query: queryOf(await own()) }) }
  return {
    profile,
    async run(work, statementMs = limits.statementMs) {
      try {
        const bounds = { ...limits, statementMs }
        return await transaction(await own(), work, { limits: bounds, readOnly: true })
      } catch (cause) {
        if ((cause as { code?: unknown }).code !== CANCELLED) throw cause
        throw new SlowQueryError(`A statement took more than ${statementMs / 1000} s`, { cause })
      }
    },
  }
}

function withSettings(pool: Pool, settings: string): Pool {
  const all = [pool.transactionSettings, settings].filter((one) => one !== '')
  return { ...pool, transactionSettings: all.join('; ') }
}

function queryOf(pool: Pool): Queryable['query'] {
  if (pool.transactionSettings === '') return pool.query
  return (text, values) => transaction(pool, (tx) => tx.query(text, values), { readOnly: true })
}
