/** Reads the parts of jobs, for many runs at once. */

import { type Scope, seesNames } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import { activeSlots, hasWorkerOlderThan } from '../active-workers.ts'
import { placeAt, WORK } from '../work.ts'
import { nameItems, type UnnamedItem } from './item-names.ts'
import type { Unfinished } from './job.ts'
import { type StageRow, UNTAKEN_MS, type WorkerSlots } from './stage-view.ts'

const UNFINISHED_SHOWN = 20

/** Returns the worker slots of every stage, and whether work moves there. */
export async function readWorkerSlots(db: Queryable): Promise<Record<StageName, WorkerSlots>> {
  const slots = await activeSlots(db)
  const isNew = !(await hasWorkerOlderThan(db, UNTAKEN_MS))
  const moving = await readMovingStages(db)
  return Object.fromEntries(
    STAGES.map((stage) => [stage, { slots: slots[stage], moves: isNew || moving.has(stage) }]),
  ) as Record<StageName, WorkerSlots>
}

/** Returns the stages of which a worker holds work, or settled some a short time ago, in any run. */
async function readMovingStages(db: Queryable): Promise<Set<StageName>> {
  const { rows } = await db.query<{ position: number }>(
    `select position from batch where state = 'running'
     union select s.position from stage s join run r on r.id = s.run_id
     where (${isOpenRun('r')} or r.finished_at > clock_timestamp() - $1 * interval '1 millisecond')
       and s.moved_at > clock_timestamp() - $1 * interval '1 millisecond'`,
    [UNTAKEN_MS],
  )
  return new Set(rows.map((row) => WORK[placeAt(row.position)].stage))
}

/**
 * Reads the counters from the stages, and running and snoozed items from the (small) indexes on open items.
 */
export async function readStages(db: Queryable, runIds: string[]): Promise<StageRow[]> {
  const { rows } = await db.query<StageRow>(
    `select s.run_id, s.position, s.stage, s.total, s.done, s.failed, s.gaps, s.cancelled, s.open,
       s.first_item_at, s.last_item_at, coalesce(flight.running, 0)::int as running,
       coalesce(waiting.items, 0)::int as snoozed,
       waiting.until, waiting.reason, waiting.message, waiting.detail,
       (extract(epoch from clock_timestamp() - least(next.not_before, waiting.due_since)) * 1000)::float8
         as due_ms,
       (extract(epoch from coalesce(s.last_item_at, clock_timestamp()) - s.first_item_at) * 1000)::float8
         as elapsed_ms,
       s.stage = 'extraction' or exists (select from stage up where up.run_id = s.run_id
         and up.position = any(s.upstream) and up.last_item_at is null) as grows,
       coalesce(upstream.failed, false) as upstream_failed,
       coalesce(upstream.cancelled, false) as upstream_cancelled
     from stage s
       left join lateral (
         select bool_or(up.failed + up.gaps > 0) as failed, bool_or(up.cancelled > 0) as cancelled
         from stage up where up.run_id = s.run_id and up.position = any(s.upstream)) upstream on true
       left join lateral (
         select sum(cardinality(items)) as running from batch b
         where b.run_id = s.run_id and b.position = s.position and b.state = 'running') flight on true
       left join lateral (
         select count(*) filter (where f.later) as items,
           min(f.not_before) filter (where f.later) as until,
           min(f.not_before) filter (where not f.later) as due_since,
           (array_agg(f.reason order by f.reason <> 'retrying' desc, f.not_before)
             filter (where f.later))[1] as reason,
           (array_agg(f.message order by f.reason <> 'retrying' desc, f.not_before)
             filter (where f.later))[1] as message,
           (array_agg(f.detail order by f.reason <> 'retrying' desc, f.not_before)
             filter (where f.later))[1] as detail
         from (select w.not_before, w.reason, w.message, w.detail, w.not_before > clock_timestamp() as later
           from work_item w
           where w.run_id = s.run_id and w.position = s.position and w.state = 'pending'
             and w.reason is not null) f) waiting on true
       left join lateral (
         select w.not_before from work_item w
         where w.run_id = s.run_id and w.position = s.position and w.state = 'pending'
           and w.reason is null
         order by w.priority, w.id limit 1) next on true
     where s.run_id = any($1::bigint[]) order by s.run_id, s.position`,
    [runIds],
  )
  return rows
}

export interface InHand {
  position: number
  /** Null if the viewer may not see names. */
  name: string | null
}

interface NamelessItem extends UnnamedItem {
  runId: string
  /** True if the viewer may see its name. */
  isNamed: boolean
}

/** Returns, for each run, the running item that is furthest along: its name and position. */
export async function readInHand(
  db: Queryable,
  scope: Scope,
  runIds: string[],
): Promise<Map<string, InHand>> {
  const { values, bind } = parametersOf([runIds])
  const { rows } = await db.query<NamelessItem>(
    `select distinct on (b.run_id) b.run_id, b.position, w.id, w.payload, w.subject, i.account,
       ${seesNames(scope, 'run.installation_id')(bind)} as is_named
     from batch b join work_item w on w.id = b.items[1] join run on run.id = b.run_id
       join installation i on i.id = run.installation_id
     where b.run_id = any($1::bigint[]) and b.state = 'running'
     order by b.run_id, b.position desc, b.id`,
    values,
  )
  const names = await nameItems(
    db,
    rows.filter(({ isNamed }) => isNamed),
  )
  return new Map(
    rows.map(({ runId, position, id }) => [runId, { position, name: names.get(id) ?? null }]),
  )
}

/** Returns the first failed items and gaps of each run, if the viewer may see their names. */
export async function readUnfinished(
  db: Queryable,
  scope: Scope,
  runIds: string[],
): Promise<Map<string, Unfinished[]>> {
  const { values, bind } = parametersOf([runIds, UNFINISHED_SHOWN])
  const { rows } = await db.query<Omit<NamelessItem, 'isNamed'> & Omit<Unfinished, 'name'>>(
    `select u.*, i.account from run r join installation i on i.id = r.installation_id
     cross join lateral (
       select id, run_id, position, payload, subject, state, coalesce(message, '') as message
       from work_item where run_id = r.id and state in ('failed', 'gap') order by id limit $2) u
     where r.id = any($1::bigint[]) and ${seesNames(scope, 'r.installation_id')(bind)}`,
    values,
  )
  const names = await nameItems(db, rows)
  const byRun = new Map<string, Unfinished[]>()
  for (const { runId, id, state, message } of rows) {
    const item = { state, name: names.get(id) ?? '', message }
    byRun.set(runId, [...(byRun.get(runId) ?? []), item])
  }
  return byRun
}
