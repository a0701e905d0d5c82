import { LeaseLostError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { noteProgress } from './progress.ts'
import { WORK } from './work.ts'

/** The changes of one transaction to the counters of one place of its run. */
export interface Change {
  position: number
  total?: number
  done?: number
  failed?: number
  gaps?: number
  cancelled?: number
}

const COUNTERS = ['total', 'done', 'failed', 'gaps', 'cancelled'] as const

/** Items were added to a stage whose `last_item` is set; a refresh then opens a new run. */
export class StageEndedError extends Error {
  override name = 'StageEndedError'
}

/**
 * Adds changes to the counters, and notes that a stage moved unless items were only added to it. Must come last in every transaction that settles or adds items.
 *
 * The statement locks the run's row first and increments its version, so transactions that settle items of
 * one run are serialized here. Each sees everything that the earlier ones counted, and the timestamps below
 * are set by exactly the transaction that makes them true.
 *
 * @throws LeaseLostError if the run has ended (cancelled or deleted).
 * @throws StageEndedError if items were added to a stage whose `last_item` is set.
 */
export async function countChanges(tx: Queryable, runId: string, changes: Change[]): Promise<void> {
  const sums = sumChanges(changes)
  const { rows } = await tx.query<{ held: boolean; stages: number; closed: boolean }>(
    `with held as (
       update run set version = version + 1 where id = $1 and ${isActiveRun('run')}
       returning id
     ), counted as (
       update stage s
       set total = s.total + c.total, done = s.done + c.done, failed = s.failed + c.failed,
         gaps = s.gaps + c.gaps, cancelled = s.cancelled + c.cancelled,
         first_item_at = coalesce(s.first_item_at, case when c.total > 0 then clock_timestamp() end),
         moved_at = case when c.total > 0 and c.done + c.failed + c.gaps + c.cancelled = 0
           then s.moved_at else clock_timestamp() end
       from held, unnest($2::smallint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[])
         as c (position, total, done, failed, gaps, cancelled)
       where s.run_id = held.id and s.position = c.position and (s.last_item_at is null
         or c.total - c.done - c.failed - c.gaps - c.cancelled <= 0)
       returning s.open)
     select exists (select from held) as held, count(*)::int as stages,
       coalesce(bool_or(open = 0), false) as closed
     from counted`,
    [
      runId,
      sums.map((sum) => sum.position),
      ...COUNTERS.map((counter) => sums.map((sum) => sum[counter] ?? 0)),
    ],
  )
  const [counted] = rows
  if (!counted?.held) throw new LeaseLostError(`Run ${runId} has ended`)
  if (counted.stages !== sums.length)
    throw new StageEndedError('Items were added to a stage that has ended')
  if (counted.closed) await closeStages(tx, runId)
}

/**
 * Sets the timestamps that have become due: `last_item` of each stage without open items to which nothing
 * upstream can add (together with `first_item` if it never had an item), and `last_job_item`, the end of the
 * run.
 */
export async function closeStages(tx: Queryable, runId: string): Promise<void> {
  if (await insertLast(tx, runId)) return
  await tx.query(
    `with closed as (
       update stage s
       set last_item_at = clock_timestamp(), first_item_at = coalesce(first_item_at, clock_timestamp())
       where run_id = $1 and last_item_at is null and open = 0 and not exists (
         select from stage up
         where up.run_id = s.run_id and up.position = any(s.upstream) and up.open > 0)
       returning position, total, done, failed, gaps
     )
     insert into run_event (run_id, kind, level, position, facts)
     select $1, 'stage_ended',
       case when failed > 0 then 'error' when gaps > 0 then 'warning' else 'info' end, position,
       jsonb_build_object('done', done, 'failed', failed, 'gaps', gaps)
     from closed where total > 0 order by position`,
    [runId],
  )
  const { rowCount } = await tx.query(
    `with ended as (
       update run r
       set state = ended.state, last_job_item_at = clock_timestamp(), finished_at = clock_timestamp(),
         paused_until = null
       from (
         select case when sum(failed) > 0 then 'failed'
           when sum(gaps) > 0 then 'finished_with_gaps' else 'finished' end as state
         from stage where run_id = $1 having bool_and(last_item_at is not null)) ended
       where r.id = $1 and ${isActiveRun('r')} returning r.id, r.state
     )
     insert into run_event (run_id, kind, level, facts)
     select id, 'ended', case state when 'failed' then 'error' when 'finished' then 'info' else 'warning' end,
       jsonb_build_object('state', state)
     from ended`,
    [runId],
  )
  if (rowCount > 0) await noteProgress(tx, runId)
}

const PUBLISH = WORK['github_code/embedding'].position

/**
 * Inserts the item that makes a generation of code hold, when all others are settled and none has failed.
 *
 * @returns true if it was inserted, so that the run goes on.
 */
async function insertLast(tx: Queryable, runId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with added as (
       insert into work_item (run_id, position, key, payload, priority)
       select r.id, $2, 'publish', '{"kind": "publish"}', coalesce(
         (select max(priority) from work_item where run_id = r.id), $3)
       from run r where r.id = $1 and r.mode = 'code' and ${isActiveRun('r')} and not exists (
         select from stage s where s.run_id = r.id and (s.open > 0 or s.failed > 0))
       on conflict (run_id, position, key) do nothing returning run_id)
     update stage s
     set total = s.total + 1, first_item_at = coalesce(s.first_item_at, clock_timestamp())
     from added where s.run_id = added.run_id and s.position = $2`,
    [runId, PUBLISH, PRIORITY.person],
  )
  return rowCount > 0
}

function sumChanges(changes: Change[]): Change[] {
  const sums = new Map<number, Change>()
  for (const change of changes) {
    const sum = sums.get(change.position) ?? { position: change.position }
    for (const counter of COUNTERS) sum[counter] = (sum[counter] ?? 0) + (change[counter] ?? 0)
    sums.set(change.position, sum)
  }
  return [...sums.values()]
}
