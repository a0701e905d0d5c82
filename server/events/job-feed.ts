import type { Scope } from '#app/auth/scope.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { logOutage } from '#app/config/outage-log.server.ts'
import type { Database } from '#app/database/database.server.ts'
import type { Listener } from './audience.ts'
import { openJobChanges } from './job-changes.ts'
import { type JobLoop, openJobLoop } from './job-loop.ts'

export interface JobFeed {
  /** @returns a function that removes the listener. */
  listen(scope: Scope, listener: Listener): () => void
  /** Returns true if any loop is running; for tests. */
  isBusy(): boolean
  close(): Promise<void>
}

/** Opens a feed of job changes: one read loop for each scope that has listeners. */
export function openJobFeed(database: Database, logger: Logger): JobFeed {
  const outage = logOutage(logger, 'the database', '`/events` continues by itself once it does.')
  const loops = new Map<Scope, JobLoop>()
  let closed = false

  function loopOf(scope: Scope): JobLoop {
    const open = loops.get(scope)
    if (open) return open
    const loop = openJobLoop(
      openJobChanges(database.web, scope),
      outage,
      () => void loops.delete(scope),
    )
    loops.set(scope, loop)
    return loop
  }

  return {
    listen: (scope, listener) => (closed ? () => {} : loopOf(scope).listen(listener)),
    isBusy: () => [...loops.values()].some((loop) => loop.isBusy()),
    async close() {
      closed = true
      await Promise.all([...loops.values()].map((loop) => loop.close()))
    },
  }
}
