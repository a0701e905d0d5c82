import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'

export const MODE_TEXTS = {
  full: 'Full sync',
  incremental: 'Incremental sync',
  targeted: 'Targeted refresh',
  code: 'Code',
} as const

/** Counts the work items of a job by outcome. */
export function itemsOf(job: Job): { done: number; failed: number; gaps: number } {
  const sum = { done: 0, failed: 0, gaps: 0 }
  for (const step of Object.values(job.steps))
    for (const stage of Object.values(step.details)) {
      sum.done += stage.done
      sum.failed += stage.failed
      sum.gaps += stage.gaps
    }
  return sum
}

/** Says what a retry of a job would do; null if there is nothing to retry. */
export function retryText(job: Job): string | null {
  if (job.overall === 'failed' || job.overall === 'finished_with_gaps') return 'Retry failed'
  if (!isOpen(job.overall)) return null
  const reasons = Object.values(job.steps).flatMap((step) =>
    Object.values(step.details).flatMap(({ reason }) => reason?.kind ?? []),
  )
  // A retry cannot shorten a rate limit of GitHub.
  const isWaiting = reasons.some((kind) => /^(?:retrying|provider|database)$/.test(kind))
  return isWaiting ? 'Try now' : null
}

/** Formats how long a job ran, or has been running: `45 s`, `12 min` or `3 h 5 min`; null before its start. */
export function spanText({ startedAt, finishedAt }: Job, now: string): string | null {
  if (!startedAt) return null
  return durationText((Date.parse(finishedAt ?? now) - Date.parse(startedAt)) / 1_000)
}

export function durationText(exactly: number): string {
  const seconds = Math.round(exactly)
  if (seconds < 60) return `${Math.max(0, seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
