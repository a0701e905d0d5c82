import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool, Queryable } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

/** Whoever comes after a waiting `alter table` waits behind it, so it waits only this long at once. */
const LOCK_MS = 3_000
const PAUSE_MS = { first: 1_000, most: 10_000 }
const TOTAL_MS = 300_000
/** Codes of a lock that was not given in time, and of a deadlock. */
const NOT_GIVEN = /^(55P03|40P01)$/

/** A session that has what another one waits for. */
export interface Holder {
  pid: number
  application: string
  state: string
  /** Age of its transaction. */
  seconds: number
}

export interface Waiting {
  /** Called each time that a lock was not given, with who holds it as far as the server says. */
  waits?: (what: string, holders: Holder[]) => void
  /** Time after which it is given up; shortened by tests. */
  totalMs?: number
}

/**
 * Runs a transaction that takes locks which everybody else needs. If one is not given within three seconds, it is
 * rolled back, so that those who wait behind it can go on, and tried again after a pause.
 *
 * @throws OperatorError if the locks are not given in the total time.
 */
export async function waitForLocks<T>(
  pool: Pool,
  what: string,
  work: (tx: Queryable) => Promise<T>,
  { waits, totalMs = TOTAL_MS }: Waiting = {},
): Promise<T> {
  const deadline = performance.now() + totalMs
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)) {
    const watch = watchHolders(pool)
    try {
      return await transaction(pool, (tx) => watch.during(tx, work), {
        limits: { lockMs: LOCK_MS },
      })
    } catch (error) {
      if (!NOT_GIVEN.test(String((error as { code?: unknown }).code))) throw error
      const holders = await watch.holders()
      if (performance.now() + pauseMs > deadline) throw givenUp(what, holders, error)
      waits?.(what, holders)
      await sleep(pauseMs)
    } finally {
      watch.end()
    }
  }
}

/** Looks who holds the lock while the transaction waits: afterwards nobody can tell. */
function watchHolders(pool: Pool) {
  let pid: number | null = null
  let found: Promise<Holder[]> = Promise.resolve([])
  // Made outside of the transaction, which has a connection of its own.
  const timer = setTimeout(() => {
    if (pid !== null) found = readHolders(pool, pid)
  }, LOCK_MS / 2)
  return {
    async during<T>(tx: Queryable, work: (tx: Queryable) => Promise<T>): Promise<T> {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      pid = rows[0]?.pid ?? null
      return work(tx)
    },
    holders: () => found.catch(() => []),
    end: () => clearTimeout(timer),
  }
}

async function readHolders(db: Queryable, pid: number): Promise<Holder[]> {
  const { rows } = await db.query<Holder>(
    `select a.pid, coalesce(a.application_name, '') as application, coalesce(a.state, 'unknown') as state,
       coalesce(extract(epoch from clock_timestamp() - a.xact_start), 0)::int as seconds
     from unnest(pg_blocking_pids($1)) b (pid) join pg_stat_activity a on a.pid = b.pid
     order by a.xact_start limit 5`,
    [pid],
  )
  return rows
}

function givenUp(what: string, holders: Holder[], cause: unknown): OperatorError {
  const [first] = holders
  const whose = first ? `: session ${describeHolder(first)} holds one` : ''
  return new OperatorError(
    `${what} did not get its locks${whose}`,
    first
      ? `Let that session end, or end it (\`select pg_terminate_backend(${first.pid})\`), and try again.`
      : 'End the long transactions in pg_stat_activity, and try again.',
    { cause },
  )
}

export function describeHolder({ pid, application, state, seconds }: Holder): string {
  return `${pid}${application && ` of ${application}`} (${state}, in a transaction for ${seconds} s)`
}
