/** Keeps track of the listeners to the jobs of one scope and of what each has received. */
import type { Job } from '#app/ledger/views/job.ts'

export type FeedEvent =
  | { type: 'snapshot'; timestamp: string; jobs: Job[] }
  | { type: 'job'; timestamp: string; job: Job }
  | { type: 'outage'; timestamp: string }

export interface Listener {
  installationId: string | null
  jobId: string | null
  /** Only jobs that ingest code into this project. */
  project: string | null
  receive(event: FeedEvent): void
}

interface ListenerState {
  /** True once it has its snapshot; it then receives changes. */
  hasSnapshot: boolean
  knowsOutage: boolean
}

export function openAudience() {
  const listeners = new Map<Listener, ListenerState>()

  return {
    add: (one: Listener) => void listeners.set(one, { hasSnapshot: false, knowsOutage: false }),
    remove: (one: Listener) => void listeners.delete(one),
    size: () => listeners.size,
    /** Returns the ids of jobs that listeners subscribed to individually. */
    watched: () => [...listeners.keys()].flatMap((one) => one.jobId ?? []),
    /** Returns the listeners that receive a snapshot after the next read. */
    newcomers: () => [...listeners].flatMap(([one, { hasSnapshot }]) => (hasSnapshot ? [] : one)),
    /**
     * Returns true if a listener was added since the last read; the next read then starts without a pause.
     */
    isWaitedFor: () =>
      [...listeners.values()].some(({ hasSnapshot, knowsOutage }) => !hasSnapshot && !knowsOutage),

    report(job: Job, timestamp: string): void {
      for (const [one, { hasSnapshot }] of listeners)
        if (hasSnapshot && concerns(one, job)) one.receive({ type: 'job', timestamp, job })
    },

    /** @param watched subscribed jobs that are no longer current. */
    greet(one: Listener, current: Job[], watched: Job[], timestamp: string): void {
      if (!listeners.has(one)) return
      listeners.set(one, { hasSnapshot: true, knowsOutage: false })
      const jobs = one.jobId === null ? current : [...current, ...watched]
      one.receive({ type: 'snapshot', timestamp, jobs: jobs.filter((job) => concerns(one, job)) })
    },

    /**
     * Notifies all listeners of an outage. Each one gets a new snapshot afterwards, which contains the
     * changes in between.
     */
    reportOutage(timestamp: string): void {
      for (const [one, state] of listeners) {
        if (!state.knowsOutage) one.receive({ type: 'outage', timestamp })
        listeners.set(one, { hasSnapshot: false, knowsOutage: true })
      }
    },
  }
}

function concerns(listener: Listener, job: Job): boolean {
  return (
    (listener.installationId === null || listener.installationId === job.installation.id) &&
    (listener.jobId === null || listener.jobId === job.id) &&
    (listener.project === null || listener.project === job.ingest?.project)
  )
}
