import type { Database } from '#app/database/database.server.ts'
import { pendingMigrations } from '#app/database/migrations.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Queues } from '#app/queues/queues.server.ts'
import type { StageName } from '#app/queues/stages.ts'

/** The reason is one line that anybody may read: no address, no user name, no secret. */
export type Down = { ok: false; reason: string; hint: string }
export type DatabaseHealth = { ok: true; version: string } | Down
export type QueueHealth = { ok: true; depth: Record<StageName, number> } | Down

export interface Health {
  database(): Promise<DatabaseHealth>
  queue(): Promise<QueueHealth>
}

/** Time without a response after which a service counts as down. */
const TIMEOUT_MS = 2_000
/** How old an answer may be. */
const SHARED_MS = 1_000
/** Message of the driver's pool: all connections wait, or the server accepts none. */
const NO_CONNECTION = 'timeout exceeded when trying to connect'

/** Returns health checks that always complete, within little more than two seconds. */
export function openHealth(database: Database, queues: Pick<Queues, 'depth'>): Health {
  const external = database.profile === 'external'
  const hint = external
    ? 'Check DATABASE_URL and that PostgreSQL is running; Whence continues by itself once it answers.'
    : 'Restart Whence; its log says what happened.'
  const queueHint = external
    ? 'Check REDIS_URL and that Redis is running; Whence continues by itself once it answers.'
    : hint

  return {
    database: shared(async () => {
      try {
        // What the server has not answered by then, it ends by itself: see the limits of the pool.
        return await within(TIMEOUT_MS, checkDatabase(database.vital))
      } catch (error) {
        return { ok: false, reason: `the database ${failureOf(error)}`, hint }
      }
    }),
    queue: shared(async () => {
      try {
        return { ok: true, depth: await within(TIMEOUT_MS, queues.depth()) }
      } catch (error) {
        return { ok: false, reason: `the queue ${failureOf(error)}`, hint: queueHint }
      }
    }),
  }
}

/**
 * Lets all who ask share the check that is running, or that ended within the last second: anybody may ask, as
 * often as they like.
 */
function shared<T>(check: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null
  let endedAt: number | null = null
  return () => {
    const isFresh = endedAt === null || performance.now() - endedAt < SHARED_MS
    if (result && isFresh) return result
    endedAt = null
    result = check().finally(() => {
      endedAt = performance.now()
    })
    return result
  }
}

async function checkDatabase(db: Queryable): Promise<DatabaseHealth> {
  const { rows } = await db.query<{ version: string }>(
    "select split_part(current_setting('server_version'), ' ', 1) as version",
  )
  const pending = await pendingMigrations(db)
  if (pending.length === 0) return { ok: true, version: rows[0]?.version ?? 'unknown' }
  const lacks = pending.length === 1 ? 'a migration' : `${pending.length} migrations`
  return { ok: false, reason: `the database lacks ${lacks}`, hint: 'Run `whence migrate`.' }
}

class TooSlowError extends Error {
  override name = 'TooSlowError'
}

/** @throws TooSlowError if `work` has not ended after `ms`; it may still be running. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlowError(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Returns the error code, because the messages of drivers contain hosts and users. */
function failureOf(error: unknown): string {
  if (error instanceof TooSlowError) return `did not answer within ${TIMEOUT_MS / 1000} s`
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (message === NO_CONNECTION) return `did not answer within ${TIMEOUT_MS / 1000} s`
  return typeof code === 'string' ? `does not answer (${code})` : 'does not answer'
}
