import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isSyncMode } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readProgress, type SyncProgress } from './progress.ts'

/**
 * Progress of a job in pull requests, the unit that people count in, and its estimated time of completion.
 */
export interface Forecast {
  jobId: string
  read: number
  expected: number
  /** True if `expected` is an upper bound; there is no estimate then. */
  atMost: boolean
  /** False while repositories are still being listed, and `expected` grows; there is no estimate then. */
  isListed: boolean
  /** Null if there is no basis for an estimate yet, or the job makes no progress. */
  etaAt: string | null
}

/**
 * Points of GitHub's budget for 1,000 pull requests: 78 with their changed files, and up to 7 for the checks of their
 * heads. Measured: docs/measured/sync.md.
 */
export const POINTS_PER_THOUSAND = 85

const LEAST_ELAPSED_MS = 3_000

/** Returns the forecast of each sync in progress. */
export async function readForecasts(
  db: Queryable,
  scope: Scope,
  jobs: Job[],
  now: Date,
): Promise<Forecast[]> {
  const forecasts: Forecast[] = []
  for (const job of jobs) {
    if (!job.id || !isForecast(job)) continue
    const { read, expected, atMost, isListed } = await readProgress(db, scope, job.id)
    if (expected === 0) continue
    const etaAt = forecastEnd(job, { read, expected, atMost, isListed }, now)
    forecasts.push({ jobId: job.id, read, expected, atMost, isListed, etaAt })
  }
  return forecasts
}

/** Returns true for a sync in progress, whose end can be told. */
export function isForecast({ mode, overall }: Pick<Job, 'mode' | 'overall'>): boolean {
  return isSyncMode(mode) && (overall === 'running' || overall === 'paused')
}

/** Returns when a sync in progress will be done; null without a basis for an estimate. */
export function forecastEnd(
  job: Job,
  { read, expected, atMost, isListed }: Omit<SyncProgress, 'limited'>,
  now: Date,
): string | null {
  if (!isForecast(job) || job.phase !== 'running' || !isListed || atMost || read === 0) return null
  const { firstItemAt } = job.steps.github_prs_commits_reviews_comments.details.extraction
  const elapsed = firstItemAt ? now.getTime() - Date.parse(firstItemAt) : 0
  if (elapsed < LEAST_ELAPSED_MS) return null
  const leftMs = ((expected - read) * elapsed) / read
  return leftMs > 0 ? new Date(now.getTime() + leftMs).toISOString() : null
}
