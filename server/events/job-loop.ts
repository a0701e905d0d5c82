/**
 * Publishes the job changes of one scope to its listeners in this process. While there are any, a loop polls
 * the versions of open runs every 250 ms and reads jobs with a new version; every 3 s it reads all current
 * jobs, because dead workers, ended waits and new installations change no version. Who connects within a second
 * of such a read gets its jobs, with the changes since. Nothing is replayed: each
 * event contains a complete state, so a listener that missed some has lost nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutageLog } from '#app/config/outage-log.server.ts'
import { outsideRequests } from '#app/config/request-id.server.ts'
import { type Listener, openAudience } from './audience.ts'
import type { JobChanges } from './job-changes.ts'

const EVERY_MS = 250
const FULL_EVERY = 12
/** Newcomers share a full read that is no older: many may connect at once. */
const SHARED_MS = 1_000

export interface JobLoop {
  /** @returns a function that removes the listener. */
  listen(listener: Listener): () => void
  isBusy(): boolean
  close(): Promise<void>
}

/** @param ended called each time the last listener has left and the loop has ended. */
export function openJobLoop(changes: JobChanges, outage: OutageLog, ended: () => void): JobLoop {
  const audience = openAudience()
  let loop: Promise<void> | null = null
  let closed = false
  let wake = new AbortController()

  async function turn(number: number): Promise<void> {
    const newcomers = audience.newcomers()
    const watched = audience.watched()
    const isWanted = newcomers.length > 0 && changes.ageMs() > SHARED_MS
    const { changed } = await changes.read(isWanted || number % FULL_EVERY === 0, watched)
    const current = changes.current()
    const timestamp = new Date().toISOString()
    for (const job of changed) audience.report(job, timestamp)
    const currentIds = new Set(current.map((job) => job.id))
    const past = changes.find(watched.filter((id) => !currentIds.has(id)))
    for (const one of newcomers) audience.greet(one, current, past, timestamp)
  }

  async function read(): Promise<void> {
    for (let number = 0; !closed && audience.size() > 0; number++) {
      try {
        await turn(number)
        outage.back()
      } catch (error) {
        changes.forget()
        outage.away(error as Error)
        audience.reportOutage(new Date().toISOString())
      }
      if (audience.isWaitedFor()) continue
      wake = new AbortController()
      await sleep(EVERY_MS, undefined, { signal: wake.signal }).catch(() => {})
    }
    changes.forget()
    loop = null
    ended()
  }

  return {
    listen(listener) {
      audience.add(listener)
      if (!closed) loop ??= outsideRequests(read)
      wake.abort()
      return () => {
        audience.remove(listener)
        if (audience.size() === 0) wake.abort()
      }
    },
    isBusy: () => loop !== null,
    async close() {
      closed = true
      wake.abort()
      await loop
    },
  }
}
