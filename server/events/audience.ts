/** Who listens to the jobs of one scope, and what each has heard. */
import type { Job } from '#app/ledger/views/job.ts'

export type FeedEvent =
  | { type: 'snapshot'; timestamp: string; jobs: Job[] }
  | { type: 'job'; timestamp: string; job: Job }
  | { type: 'outage'; timestamp: string }

export interface Listener {
  installationId: string | null
  jobId: string | null
  hear(event: FeedEvent): void
}

interface Standing {
  /** It has its snapshot, so it hears what changes. */
  isWelcome: boolean
  knowsOutage: boolean
}

export function openAudience() {
  const listeners = new Map<Listener, Standing>()

  return {
    add: (one: Listener) => void listeners.set(one, { isWelcome: false, knowsOutage: false }),
    remove: (one: Listener) => void listeners.delete(one),
    size: () => listeners.size,
    /** The jobs that somebody listens to by number. */
    watched: () => [...listeners.keys()].flatMap((one) => one.jobId ?? []),
    /** Those that are to get a snapshot at the next reading. */
    newcomers: () => [...listeners].flatMap(([one, { isWelcome }]) => (isWelcome ? [] : one)),
    /** Whether somebody has come since the last reading, which is then not waited for. */
    isWaitedFor: () =>
      [...listeners.values()].some(({ isWelcome, knowsOutage }) => !isWelcome && !knowsOutage),

    tell(job: Job, timestamp: string): void {
      for (const [one, { isWelcome }] of listeners)
        if (isWelcome && concerns(one, job)) one.hear({ type: 'job', timestamp, job })
    },

    /** @param watched those of the jobs listened to by number that are not current any more. */
    welcome(one: Listener, current: Job[], watched: Job[], timestamp: string): void {
      if (!listeners.has(one)) return
      listeners.set(one, { isWelcome: true, knowsOutage: false })
      const jobs = one.jobId === null ? current : [...current, ...watched]
      one.hear({ type: 'snapshot', timestamp, jobs: jobs.filter((job) => concerns(one, job)) })
    },

    /** What changes from now on is in the snapshot with which everybody goes on. */
    tellOutage(timestamp: string): void {
      for (const [one, standing] of listeners) {
        if (!standing.knowsOutage) one.hear({ type: 'outage', timestamp })
        listeners.set(one, { isWelcome: false, knowsOutage: true })
      }
    },
  }
}

function concerns(listener: Listener, job: Job): boolean {
  return (
    (listener.installationId === null || listener.installationId === job.installation.id) &&
    (listener.jobId === null || listener.jobId === job.id)
  )
}
