/**
 * What changes in the jobs, for everyone in this process who listens. While somebody does, one loop
 * reads the versions of open runs every 250 ms and the jobs whose version is another, and all current
 * jobs every 3 s: workers that died, waits that ended and new installations raise no version. Nothing
 * is replayed: each event is one whole state, so that a listener that missed some lacks nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#app/config/logger.server.ts'
import { logOutage } from '#app/config/outage-log.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { boundQueries } from '#app/health/health.server.ts'
import { type Listener, openAudience } from './audience.ts'
import { openJobChanges } from './job-changes.ts'

const EVERY_MS = 250
const FULL_EVERY = 12
const PATIENCE_MS = 10_000

export interface JobFeed {
  /** @returns what ends it. */
  listen(listener: Listener): () => void
  /** Whether the loop runs; for tests. */
  isReading(): boolean
  close(): Promise<void>
}

export function openJobFeed(database: Database, logger: Logger): JobFeed {
  const changes = openJobChanges(boundQueries(database.pool, PATIENCE_MS))
  const outage = logOutage(logger, 'the database', '`/events` continues by itself once it does.')
  const audience = openAudience()
  let loop: Promise<void> | null = null
  let closed = false
  let wake = new AbortController()

  async function turn(number: number): Promise<void> {
    const newcomers = audience.newcomers()
    const watched = audience.watched()
    const isFull = newcomers.length > 0 || number % FULL_EVERY === 0
    const { current, changed } = await changes.read(isFull, watched)
    const timestamp = new Date().toISOString()
    for (const job of changed) audience.tell(job, timestamp)
    const currentIds = new Set(current.map((job) => job.id))
    const past = changes.find(watched.filter((id) => !currentIds.has(id)))
    for (const one of newcomers) audience.welcome(one, current, past, timestamp)
  }

  async function read(): Promise<void> {
    for (let number = 0; !closed && audience.size() > 0; number++) {
      try {
        await turn(number)
        outage.back()
      } catch (error) {
        outage.away(error as Error)
        audience.tellOutage(new Date().toISOString())
      }
      if (audience.isWaitedFor()) continue
      wake = new AbortController()
      await sleep(EVERY_MS, undefined, { signal: wake.signal }).catch(() => {})
    }
    changes.forget()
    loop = null
  }

  return {
    listen(listener) {
      audience.add(listener)
      if (!closed) loop ??= read()
      wake.abort()
      return () => {
        audience.remove(listener)
        if (audience.size() === 0) wake.abort()
      }
    },
    isReading: () => loop !== null,
    async close() {
      closed = true
      wake.abort()
      await loop
    },
  }
}
