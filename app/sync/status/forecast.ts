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
  /** When it will probably end; null if there is no basis for an estimate yet, or the job makes no progress. */
  eta: { from: string; to: string } | null
  /** Points of GitHub's budget that the rest will take, about. */
  points: number
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
    const progress = { read, expected, atMost, isListed }
    const etaAt = forecastEnd(job, progress, now)
    const eta = etaAt ? rangeOf(etaAt, now, await readSpeedup(db, job.id)) : null
    const points = Math.ceil(((expected - read) * POINTS_PER_THOUSAND) / 1_000)
    forecasts.push({ jobId: job.id, ...progress, eta, points })
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

/** What a rate that has been steady so far may still be off by. */
const UNSURE = 0.15

/** @param speedup of the last ten minutes over the whole. */
function rangeOf(etaAt: string, now: Date, speedup: number): { from: string; to: string } {
  const left = Date.parse(etaAt) - now.getTime()
  const at = (ms: number) => new Date(now.getTime() + ms).toISOString()
  const rates = [1, speedup]
  return {
    from: at(left / (Math.max(...rates) * (1 + UNSURE))),
    to: at(left / (Math.min(...rates) * (1 - UNSURE))),
  }
}

/**
 * Returns how much faster than in all its time a run settled its work in the last ten minutes: 1 for equally fast, and
 * for a run that has not run for twice as long.
 */
async function readSpeedup(db: Queryable, runId: string): Promise<number> {
  const { rows } = await db.query<{ speedup: number | null }>(
    `select (recent.settled / extract(epoch from clock_timestamp() - recent.minute)
         / nullif(whole.settled / extract(epoch from clock_timestamp() - whole.since), 0))::float8 as speedup
     from (select sum(done + failed + gaps)::float8 as settled, min(first_item_at) as since
         from stage where run_id = $1) whole
       cross join lateral (
         select whole.settled - sum(m.settled) as settled, m.minute from stage_minute m
         where m.run_id = $1 and m.minute > clock_timestamp() - interval '11 minutes'
         group by m.minute order by m.minute limit 1) recent
     where whole.since < clock_timestamp() - interval '20 minutes'`,
    [runId],
  )
  return Math.min(4, Math.max(0.25, rows[0]?.speedup ?? 1))
}
