import type { Database } from './database.server.ts'
import type { Queryable } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

/** A statement took longer than it may. */
export class SlowQueryError extends Error {
  override name = 'SlowQueryError'
}

const CANCELLED = '57014'

/** Reads a database, and cannot write to it. */
export interface Reader {
  profile: Database['profile']
  /**
   * Runs `work` in one short read-only transaction; several run at once. Nothing is awaited in it but its own
   * statements: a call to the outside would keep a connection from everybody else. The embedded database has one
   * session, so there each statement runs by itself, and none can be broken off: what is asked of it is bounded by
   * how much is looked at.
   *
   * @param statementMs how long each statement may take.
   * @throws SlowQueryError when one takes longer.
   */
  run<T>(work: (db: Queryable) => Promise<T>, statementMs?: number): Promise<T>
}

export function openReader({ pool, profile }: Pick<Database, 'pool' | 'profile'>): Reader {
  if (profile === 'embedded') return { profile, run: (work) => work({ query: pool.query }) }
  return {
    profile,
    async run(work, statementMs) {
      try {
        return await transaction(pool, work, { statementMs, readOnly: true })
      } catch (cause) {
        if ((cause as { code?: unknown }).code !== CANCELLED || !statementMs) throw cause
        throw new SlowQueryError(`A statement took more than ${statementMs / 1000} s`, { cause })
      }
    },
  }
}
