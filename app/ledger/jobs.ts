/** What a user sees of a run: `whence status`, the cards and `/api/v1/jobs` all read it here. */
import type { Scope } from '../auth/scope.ts'
import { STAGES, type StageName } from '../queues/stages.ts'
import type { Queryable } from '../transaction.server.ts'
import {
  type Crew,
  describeStage,
  describeWaiting,
  type StageRow,
  type StageView,
} from './stage-view.ts'
import { PLACES, placeAt, STEPS, type StepName, stageOf, stepOf } from './steps.ts'
import { slotsAlive } from './workers-alive.ts'

export type RunState =
  | 'queued'
  | 'running'
  | 'paused'
  | 'finished'
  | 'finished_with_gaps'
  | 'failed'
  | 'cancelled'

export interface StepView {
  order: number
  display_name: string
  extraction: StageView['state']
  transform: StageView['state']
  embedding: StageView['state']
  details: Record<StageName, StageView>
}

export interface Job {
  /** The run's id; null for an installation that never ran. */
  id: string | null
  version: string
  name: 'GitHub'
  installation: { id: string; account: string }
  active: boolean
  /** 0–100; 100 only when the run has ended. */
  progress: number
  lastSyncAt: string | null
  nextRunAt: string | null
  overall: RunState | 'ready'
  mode: 'full' | 'incremental' | 'targeted' | null
  trigger: 'schedule' | 'manual' | 'webhook' | 'cli' | null
  startedAt: string | null
  finishedAt: string | null
  pausedUntil: string | null
  error: string | null
  /** Failed items and gaps by name, the first 20. */
  unfinished: { state: 'failed' | 'gap'; name: string; message: string }[]
  steps: Record<StepName, StepView>
}

interface JobRow {
  installation_id: string
  account: string
  active: boolean
  inactive_reason: string | null
  last_sync_at: Date | null
  id: string | null
  version: string | null
  state: RunState | null
  mode: Job['mode']
  trigger: Job['trigger']
  started_at: Date | null
  finished_at: Date | null
  paused_until: Date | null
}

const UNFINISHED_SHOWN = 20

/**
 * The current jobs of every installation in scope: each open run, or else its last sync that ended, or
 * else none (`ready`).
 *
 * @param filter `runId` gives that one run, open or not.
 */
export async function readJobs(
  db: Queryable,
  scope: Scope,
  filter: { runId?: string } = {},
): Promise<Job[]> {
  const { rows } = await db.query<JobRow>(
    `select i.id as installation_id, i.account, i.active, i.inactive_reason, last.finished_at
         as last_sync_at, r.id, r.version, r.state, r.mode, r.trigger, r.started_at, r.finished_at,
       r.paused_until
     from installation i
       left join lateral (select max(finished_at) as finished_at from run
         where installation_id = i.id and mode <> 'targeted'
           and state in ('finished', 'finished_with_gaps')) last on true
       left join lateral (
         select * from run where installation_id = i.id and case when $2::bigint is not null
           then id = $2 else state in ('queued', 'running', 'paused') or id = (
             select max(id) from run where installation_id = i.id and mode <> 'targeted'
               and state not in ('queued', 'running', 'paused') and not exists (
                 select from run o where o.installation_id = i.id and o.mode <> 'targeted'
                   and o.state in ('queued', 'running', 'paused'))) end) r on true
     where ($1::bigint[] is null or i.id = any($1)) and ($2::bigint is null or r.id is not null)
     order by i.account, i.id, r.id`,
    [scope.installations, filter.runId ?? null],
  )
  const runIds = rows.flatMap((row) => row.id ?? [])
  const crews = await readCrews(db)
  const stages = await readStages(db, runIds)
  const unfinished = await readUnfinished(db, runIds)
  return rows.map((row) => {
    const own = stages.filter((stage) => stage.run_id === row.id)
    return describeJob(row, own, unfinished.get(row.id ?? '') ?? [], crews)
  })
}

function describeJob(
  row: JobRow,
  stages: StageRow[],
  unfinished: Job['unfinished'],
  crews: Record<StageName, Crew>,
): Job {
  const views = new Map(
    PLACES.map((place, index) => {
      const crew = crews[stageOf(place)]
      const stage = stages.find(({ position }) => position === index + 1)
      const waits = row.state === 'queued' && index === 0
      return [place, waits ? describeWaiting(crew) : describeStage(stage, row.state, crew)]
    }),
  )
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0)
  const firstFailure = unfinished.find((item) => item.state === 'failed')
  return {
    id: row.id,
    version: row.version ?? '0',
    name: 'GitHub',
    installation: { id: row.installation_id, account: row.account },
    active: row.active,
    progress: progressOf(row.state, stages),
    lastSyncAt: iso(row.last_sync_at),
    nextRunAt: null,
    overall: row.state ?? 'ready',
    mode: row.mode,
    trigger: row.trigger,
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    pausedUntil: iso(row.paused_until),
    error: row.active
      ? firstFailure
        ? `${failed} ${failed === 1 ? 'work item' : 'work items'} failed, the first with: ${firstFailure.message}`
        : null
      : `The installation is inactive: ${row.inactive_reason ?? 'no reason was given'}`,
    unfinished,
    steps: Object.fromEntries(
      STEPS.map((step, index) => [step.name, describeStep(step, index, views)]),
    ) as Job['steps'],
  }
}

function describeStep(
  step: (typeof STEPS)[number],
  index: number,
  views: Map<string, StageView>,
): StepView {
  const details = Object.fromEntries(
    PLACES.filter((place) => stepOf(place) === step.name).map((place) => [
      stageOf(place),
      views.get(place),
    ]),
  ) as Record<StageName, StageView>
  return {
    order: index + 1,
    display_name: step.displayName,
    extraction: details.extraction.state,
    transform: details.transform.state,
    embedding: details.embedding.state,
    details,
  }
}

async function readCrews(db: Queryable): Promise<Record<StageName, Crew>> {
  const slots = await slotsAlive(db)
  const { rows } = await db.query<{ position: number }>(
    `select distinct position from batch where state = 'running'`,
  )
  const busy = new Set(rows.map((row) => stageOf(placeAt(row.position))))
  return Object.fromEntries(
    STAGES.map((stage) => [stage, { slots: slots[stage], busy: busy.has(stage) }]),
  ) as Record<StageName, Crew>
}

function progressOf(state: RunState | null, stages: StageRow[]): number {
  if (state === 'finished' || state === 'finished_with_gaps') return 100
  const total = stages.reduce((sum, stage) => sum + stage.total, 0)
  const done = stages.reduce((sum, stage) => sum + stage.done + stage.failed + stage.gaps, 0)
  const share = total === 0 ? 0 : Math.floor((100 * done) / total)
  return state === 'failed' || state === 'cancelled' ? share : Math.min(99, share)
}

/** Counters from the stages; what is in hand or waiting from the (small) indexes on open items. */
async function readStages(db: Queryable, runIds: string[]): Promise<StageRow[]> {
  const { rows } = await db.query<StageRow>(
    `select s.*, coalesce(flight.running, 0)::int as running, coalesce(waiting.items, 0)::int as snoozed,
       waiting.until, waiting.reason, waiting.message, next.not_before as due_since
     from stage s
       left join lateral (
         select sum(cardinality(items)) as running from batch b
         where b.run_id = s.run_id and b.position = s.position and b.state = 'running') flight on true
       left join lateral (
         select count(*) as items, min(w.not_before) as until,
           (array_agg(w.reason order by w.reason <> 'retrying' desc, w.not_before))[1] as reason,
           (array_agg(w.message order by w.reason <> 'retrying' desc, w.not_before))[1] as message
         from work_item w
         where w.run_id = s.run_id and w.position = s.position and w.state = 'pending'
           and w.reason is not null and w.not_before > clock_timestamp()) waiting on true
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

async function readUnfinished(
  db: Queryable,
  runIds: string[],
): Promise<Map<string, Job['unfinished']>> {
  const { rows } = await db.query<{ run_id: string } & Job['unfinished'][number]>(
    `select u.* from unnest($1::bigint[]) r (id) cross join lateral (
       select run_id, state, coalesce(subject, key) as name, coalesce(message, '') as message
       from work_item where run_id = r.id and state in ('failed', 'gap') order by id limit $2) u`,
    [runIds, UNFINISHED_SHOWN],
  )
  const byRun = new Map<string, Job['unfinished']>()
  for (const { run_id, ...item } of rows) byRun.set(run_id, [...(byRun.get(run_id) ?? []), item])
  return byRun
}

function iso(date: Date | null): string | null {
  return date ? date.toISOString() : null
}
