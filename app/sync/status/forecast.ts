import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readProgress } from './progress.ts'

/** How far a job is in pull requests, which people count in, and when it will have read them all. */
export interface Forecast {
  jobId: string
  read: number
  expected: number
  /** Whether fewer may be expected: then it is not told when it ends. */
  atMost: boolean
  /** Null while there is nothing to tell it from, or the job stands still. */
  etaAt: string | null
}

const LEAST_ELAPSED_MS = 3_000

/** Of each sync at work. */
export async function readForecasts(
  db: Queryable,
  scope: Scope,
  jobs: Job[],
  now: Date,
): Promise<Forecast[]> {
  const forecasts: Forecast[] = []
  for (const job of jobs) {
    if (!job.id || job.mode === 'targeted' || !['running', 'paused'].includes(job.overall)) continue
    const { read, expected, atMost } = await readProgress(db, scope, job.id)
    if (expected === 0) continue
    const { firstItemAt } = job.steps.github_prs_commits_reviews_comments.details.extraction
    const elapsed = firstItemAt ? now.getTime() - Date.parse(firstItemAt) : 0
    const isTold = job.phase === 'running' && !atMost && read > 0 && elapsed >= LEAST_ELAPSED_MS
    const leftMs = isTold ? ((expected - read) * elapsed) / read : null
    const etaAt = leftMs ? new Date(now.getTime() + leftMs).toISOString() : null
    forecasts.push({ jobId: job.id, read, expected, atMost, etaAt })
  }
  return forecasts
}
