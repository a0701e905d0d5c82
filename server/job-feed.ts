/**
 * What changes in the jobs, for everyone in this process who listens. While somebody does, one loop
 * reads the versions of open runs every 250 ms and the jobs whose version is another, and all current
 * jobs every 3 s: workers that died, waits that ended and new installations raise no version. Nothing
 * is replayed: each event is one whole state, so that a listener that missed some lacks nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { operatorScope, type Scope, seesInstallation } from '#app/auth/scope.ts'
import type { Database } from '#app/db.server.ts'
import { boundQueries } from '#app/health.server.ts'
import { type Job, readJobs, readVersions } from '#app/ledger/jobs.ts'
import type { Logger } from '#app/logger.server.ts'
import { logOutage } from '#app/outage-log.server.ts'

const EVERY_MS = 250
const FULL_EVERY = 12
const PATIENCE_MS = 10_000

export type FeedEvent =
  | { type: 'snapshot'; timestamp: string; jobs: Job[] }
  | { type: 'job'; timestamp: string; job: Job }
  | { type: 'outage'; timestamp: string }

export interface Listener {
  scope: Scope
  installationId: string | null
  jobId: string | null
  hear(event: FeedEvent): void
}

export interface JobFeed {
  /** @returns what ends it. */
  listen(listener: Listener): () => void
  /** Whether the loop runs; for tests. */
  isReading(): boolean
  close(): Promise<void>
}

export function openJobFeed(database: Database, logger: Logger): JobFeed {
  const db = boundQueries(database.pool, PATIENCE_MS)
  const outage = logOutage(logger, 'the database', '`/events` goes on by itself once it does.')
  // A listener is welcome once it has its snapshot.
  const listeners = new Map<Listener, { welcome: boolean; toldOutage: boolean }>()
  let seen = new Map<string, { job: Job; digest: string }>()
  let loop: Promise<void> | null = null
  let closed = false
  let turns = 0
  let wake = new AbortController()

  async function turn(): Promise<void> {
    const welcomed = [...listeners].filter(([, state]) => state.welcome).map(([one]) => one)
    const newcomers = [...listeners].filter(([, state]) => !state.welcome).map(([one]) => one)
    const isFull = newcomers.length > 0 || turns++ % FULL_EVERY === 0
    const scope = operatorScope()
    const current = isFull ? await readJobs(db, scope) : []
    const jobs = [...current, ...(await readChanged(scope, current))]
    const timestamp = new Date().toISOString()
    for (const job of jobs) {
      const digest = digestOf(job)
      if (seen.get(keyOf(job))?.digest === digest) continue
      seen.set(keyOf(job), { job, digest })
      for (const one of welcomed) if (concerns(one, job)) one.hear({ type: 'job', timestamp, job })
    }
    for (const one of newcomers) welcome(one, current, timestamp)
    if (isFull) forget(current)
  }

  /** Of open runs, of those that were open a moment ago, and of those that somebody watches. */
  async function readChanged(scope: Scope, fresh: Job[]): Promise<Job[]> {
    const watched = [...listeners.keys()].flatMap((one) => one.jobId ?? [])
    const known = [...seen.values()].flatMap(({ job }) => job.id ?? [])
    const versions = await readVersions(db, scope, [...new Set([...known, ...watched])])
    const changed = versions.filter(
      ({ id, version }) =>
        !fresh.some((job) => job.id === id) &&
        ![...seen.values()].some(({ job }) => job.id === id && job.version === version),
    )
    if (changed.length === 0) return []
    return readJobs(db, scope, { runIds: changed.map(({ id }) => id) })
  }

  function welcome(one: Listener, current: Job[], timestamp: string): void {
    const state = listeners.get(one)
    if (!state) return
    state.welcome = true
    state.toldOutage = false
    const watched = [...seen.values()].find(({ job }) => job.id === one.jobId)?.job
    const jobs = one.jobId === null ? current : watched ? [watched] : []
    one.hear({ type: 'snapshot', timestamp, jobs: jobs.filter((job) => concerns(one, job)) })
  }

  function forget(current: Job[]): void {
    const watched = new Set([...listeners.keys()].map((one) => one.jobId))
    const kept = new Set(current.map(keyOf))
    seen = new Map(
      [...seen].filter(([key, { job }]) => kept.has(key) || (job.id && watched.has(job.id))),
    )
  }

  function tellOutage(): void {
    const timestamp = new Date().toISOString()
    for (const [one, state] of listeners) {
      // What changes meanwhile is in the snapshot with which it goes on.
      state.welcome = false
      if (!state.toldOutage) one.hear({ type: 'outage', timestamp })
      state.toldOutage = true
    }
  }

  async function read(): Promise<void> {
    while (!closed && listeners.size > 0) {
      try {
        await turn()
        outage.back()
      } catch (error) {
        outage.away(error as Error)
        tellOutage()
      }
      wake = new AbortController()
      const isEager = [...listeners.values()].some((state) => !state.welcome && !state.toldOutage)
      if (!isEager) await sleep(EVERY_MS, undefined, { signal: wake.signal }).catch(() => {})
    }
    seen.clear()
    turns = 0
    loop = null
  }

  return {
    listen(listener) {
      listeners.set(listener, { welcome: false, toldOutage: false })
      if (!closed) loop ??= read()
      wake.abort()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) wake.abort()
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

function concerns(listener: Listener, job: Job): boolean {
  return (
    seesInstallation(listener.scope, job.installation.id) &&
    (listener.installationId === null || listener.installationId === job.installation.id) &&
    (listener.jobId === null || listener.jobId === job.id)
  )
}

function keyOf(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

const PASSING = new Set(['etaAt', 'ratePerMinute', 'lastActivityAt'])

/** What makes one state of a job another: all but what time alone moves. */
function digestOf(job: Job): string {
  return JSON.stringify(job, (name, value: unknown) => (PASSING.has(name) ? undefined : value))
}
