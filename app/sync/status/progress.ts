import { operated, type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { STEPS } from '#app/ledger/steps.ts'

/** Progress of a run in pull requests. The totals are known once the repositories are probed. */
export interface SyncProgress {
  expected: number
  /**
   * True if `expected` is an upper bound: for a repository read back to a date, GitHub only reports the
   * total.
   */
  atMost: boolean
  /** False while repositories are still being listed, and `expected` grows. */
  isListed: boolean
  read: number
  /** Repositories of which only the newest pull requests were requested or kept. */
  limited: { repository: string; stored: number; github: number }[]
}

const LISTING = STEPS[0].name

export async function readProgress(
  db: Queryable,
  scope: Scope,
  runId: string,
): Promise<SyncProgress> {
  const { values, bind } = parametersOf([runId])
  const { rows } = await db.query<Omit<SyncProgress, 'limited'>>(
    `select coalesce(sum(r.expected), 0)::int as expected,
       coalesce(bool_or(r.closed_at is null and r.since > to_timestamp(0)), false) as at_most, (
       select count(distinct node_id)::int from snapshot
       where run_id = $1 and state <> 'open') as read,
       not exists (select from stage where run_id = $1 and step = '${LISTING}'
         and stage <> 'embedding' and last_item_at is null) as is_listed
     from repository_sync r join run on run.id = r.run_id
     where r.run_id = $1 and ${operated(scope, 'run.installation_id')(bind)}`,
    values,
  )
  const shown = parametersOf([runId])
  const limited = await db.query<SyncProgress['limited'][number]>(
    `select p.full_name as repository, count(q.id)::int as stored, p.pull_requests as github
     from repository_sync r join repository p on p.id = r.repository_id
       left join pull_request q on q.repository_id = p.id and ${notDeleted('q')}
     where r.run_id = $1 and ${visible(scope, 'p')(shown.bind)} and r.reached > to_timestamp(0)
     group by p.id having count(q.id) < p.pull_requests order by 1`,
    shown.values,
  )
  const { expected = 0, read = 0, atMost = false, isListed = false } = rows[0] ?? {}
  return { expected: Math.max(expected, read), atMost, isListed, read, limited: limited.rows }
}
