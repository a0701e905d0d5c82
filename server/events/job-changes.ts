import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs, readVersions } from '#app/ledger/views/jobs.ts'

export type JobChanges = ReturnType<typeof openJobChanges>

export interface Reading {
  /** Empty unless all were read. */
  current: Job[]
  /** Of what was read, whatever differs from what was read before. */
  changed: Job[]
}

/** Reads the jobs of a scope again and again, and tells those that differ from what it read before. */
export function openJobChanges(db: Queryable, scope: Scope) {
  let seen = new Map<string, { job: Job; digest: string }>()

  /** Of open runs, of those that were open a moment ago, and of those that somebody watches. */
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
    /** @param isFull also what moved without raising its version. */
    async read(isFull: boolean, watched: string[]): Promise<Reading> {
      const current = isFull ? await readJobs(db, scope) : []
      const changed: Job[] = []
      for (const job of [...current, ...(await readMoved(current, watched))]) {
        const digest = digestOf(job)
        if (seen.get(keyOf(job))?.digest !== digest) changed.push(job)
        seen.set(keyOf(job), { job, digest })
      }
      if (isFull) {
        const kept = new Set([...current.map(keyOf)])
        seen = new Map(
          [...seen].filter(([key, { job }]) => kept.has(key) || watched.includes(job.id ?? '')),
        )
      }
      return { current, changed }
    },
    /** What it knows of these jobs. */
    find: (ids: string[]) =>
      [...seen.values()].flatMap(({ job }) => (ids.includes(job.id ?? '') ? job : [])),
    forget: () => seen.clear(),
  }
}

function keyOf(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

const PASSING = new Set(['etaAt', 'ratePerMinute', 'lastActivityAt'])

/** What makes one state of a job another: all but what time alone moves. */
function digestOf(job: Job): string {
  return JSON.stringify(job, (name, value: unknown) => (PASSING.has(name) ? undefined : value))
}
