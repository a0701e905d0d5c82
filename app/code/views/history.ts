/** The history of what was ingested, and of syncs. */
import { z } from 'zod'
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { RunState } from '#app/ledger/run-states.ts'
import { JOB_STATUSES, STATUS_OF } from '#app/ledger/views/ingest-view.ts'
import { ALL } from '../ingest/requested-ingest.ts'

const moment = z.iso.datetime().nullable()

export const historyEntry = z.object({
  id: z.string(),
  source: z.enum(['github', 'conversation']),
  project: z.string().nullable(),
  dataset: z.string().nullable(),
  scope: z.string().nullable(),
  status: z.enum(JOB_STATUSES),
  progress: z.number().min(0).max(100),
  startedAt: moment,
  finishedAt: moment,
  durationSeconds: z.number().nullable(),
  duration: z.string().nullable().describe('In words.'),
  summary: z.string().describe('`owner/name (branch)`, or the account of a sync.'),
  error: z.string().nullable(),
})
export type HistoryEntry = z.infer<typeof historyEntry>

interface HistoryRow extends Omit<HistoryEntry, 'status' | 'duration'> {
  state: RunState
}

/**
 * Returns a page of the jobs of a project, or of every project in scope together with the syncs of
 * conversations, newest first.
 *
 * @param page `before` is the id of the last job of the previous page.
 */
export async function readHistory(
  db: Queryable,
  scope: Scope,
  page: { project: string; before: string | null; limit: number },
): Promise<HistoryEntry[]> {
  const { values, bind } = parametersOf([
    page.project === ALL ? null : page.project,
    page.before,
    page.limit,
  ])
  const { rows } = await db.query<HistoryRow>(
    `select id, source, project, dataset, scope, state, progress,
       to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at,
       to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as finished_at,
       duration_seconds, summary, error
     from job_history h
     where ${operated(scope, 'h.installation_id')(bind)}
       and ($1::text is null or h.project = $1) and ($2::bigint is null or h.id < $2)
     order by h.id desc limit $3`,
    values,
  )
  return rows.map(({ state, ...row }) => ({
    ...row,
    status: STATUS_OF[state],
    duration: row.durationSeconds === null ? null : inWords(row.durationSeconds),
  }))
}

/** `1 h 4 min`, `4 min 10 s`, `12 s`. */
function inWords(seconds: number): string {
  const whole = Math.round(seconds)
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  if (h > 0) return `${h} h ${min} min`
  return min > 0 ? `${min} min ${s} s` : `${s} s`
}
