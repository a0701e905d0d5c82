import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
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
      }
      if (isFull) {
        const kept = new Set([...current.map(jobKey)])
        seen = new Map(
          [...seen].filter(([key, { job }]) => kept.has(key) || watched.includes(job.id ?? '')),
        )
      }
      return { current, changed }
    },
    /** Returns the last known state of these jobs. */
    find: (ids: string[]) =>
      [...seen.values()].flatMap(({ job }) => (ids.includes(job.id ?? '') ? job : [])),
    forget: () => seen.clear(),
  }
}

function jobKey(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

const PASSING = new Set(['etaAt', 'ratePerMinute', 'lastActivityAt'])

/** Serializes a job's state without the fields that change merely with time. */
function digestOf(job: Job): string {
  return JSON.stringify(job, (name, value: unknown) => (PASSING.has(name) ? undefined : value))
}
