import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpen, isSyncMode } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs, readVersions } from '#app/ledger/views/jobs.ts'

export type JobChanges = ReturnType<typeof openJobChanges>

export interface FeedRead {
  /** All current jobs; empty unless it was a full read. */
  current: Job[]
  /** The jobs read that differ from the previous read. */
  changed: Job[]
}

/** Reads the jobs of a scope repeatedly and reports those that changed since the previous read. */
export function openJobChanges(db: Queryable, scope: Scope) {
  let seen = new Map<string, { job: Job; digest: string }>()
  /** The keys of the jobs that the last full read found or that have started since, and the time of that read. */
  let full = { keys: new Set<string>(), at: Number.NEGATIVE_INFINITY }

  /**
   * Reads the changed jobs among the known ones, whose runs are or recently were open, and the watched ones.
   */
  async function readMoved(fresh: Job[], watched: string[]): Promise<Job[]> {
    const freshIds = new Set(fresh.map((job) => job.id))
    const known = new Map([...seen.values()].map(({ job }) => [job.id, job.version]))
    const ids = [...known.keys()].flatMap((id) => id ?? [])
    const versions = await readVersions(db, scope, [...ids, ...watched])
    const moved = versions.filter(
      ({ id, version }) => !freshIds.has(id) && known.get(id) !== version,
    )
    if (moved.length === 0) return []
    return readJobs(db, scope, { runIds: moved.map(({ id }) => id) })
  }

  return {
    /** @param isFull also reads changes that did not increase a version. */
    async read(isFull: boolean, watched: string[]): Promise<FeedRead> {
      const current = isFull ? await readJobs(db, scope) : []
      const changed: Job[] = []
      for (const job of [...current, ...(await readMoved(current, watched))]) {
        const digest = digestOf(job)
        if (seen.get(jobKey(job))?.digest !== digest) changed.push(job)
        seen.set(jobKey(job), { job, digest })
        // It has started since the last full read, and stays when it ends.
        if (isOpen(job.overall)) full.keys.add(jobKey(job))
      }
      if (isFull) {
        full = { keys: new Set(current.map(jobKey)), at: performance.now() }
        seen = new Map(
          [...seen].filter(
            ([key, { job }]) => full.keys.has(key) || watched.includes(job.id ?? ''),
          ),
        )
      }
      return { current, changed }
    },
    /** Returns the age of the last full read in milliseconds. */
    ageMs: () => performance.now() - full.at,
    /** Returns the jobs of the last full read, and those that have started since, as of the last read. */
    current: () =>
      withoutReplaced([...seen].flatMap(([key, { job }]) => (full.keys.has(key) ? job : []))),
    /** Returns the last known state of these jobs. */
    find: (ids: string[]) =>
      [...seen.values()].flatMap(({ job }) => (ids.includes(job.id ?? '') ? job : [])),
    forget() {
      seen.clear()
      full = { keys: new Set(), at: Number.NEGATIVE_INFINITY }
    },
  }
}

function jobKey(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

/** Leaves out the jobs that a full read would: an ended one is shown until the next sync of its installation. */
function withoutReplaced(jobs: Job[]): Job[] {
  function isReplaced(job: Job): boolean {
    if (isOpen(job.overall)) return false
    const others = jobs.filter(
      (other) => other !== job && other.installation.id === job.installation.id,
    )
    if (job.id === null) return others.length > 0
    return !isSyncMode(job.mode) || others.some((other) => follows(other, job))
  }
  return jobs.filter((job) => !isReplaced(job))
}

function follows(other: Job, { id }: Job): boolean {
  if (!isSyncMode(other.mode)) return false
  return isOpen(other.overall) || BigInt(other.id ?? 0) > BigInt(id ?? 0)
}

const PASSING = new Set(['etaAt', 'ratePerMinute', 'lastActivityAt'])

/** Serializes a job's state without the fields that change merely with time. */
function digestOf(job: Job): string {
  return JSON.stringify(job, (name, value: unknown) => (PASSING.has(name) ? undefined : value))
}
