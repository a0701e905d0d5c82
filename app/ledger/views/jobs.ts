/** Reads jobs: the public view of runs. */

import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCopied, isOpenRun, isScheduled, isSync } from '#app/database/predicates.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import { isOpen, type RunState } from '../run-states.ts'
import { STEPS } from '../steps.ts'
import { type Place, placeAt, placesOf, WORK } from '../work.ts'
import { describeIngest, type IngestRow, readIngests, STATUS_OF } from './ingest-view.ts'
import type { Job, StageView, StepView, Unfinished } from './job.ts'
import {
  type InHand,
  readInHand,
  readStages,
  readUnfinished,
  readWorkerSlots,
} from './job-parts.ts'
import { describeStage, describeWaiting, IDLE, type StageRow } from './stage-view.ts'

interface JobRow {
  installationId: string
  account: string
  active: boolean
  inactiveReason: string | null
  lastSyncAt: Date | null
  nextRunAt: Date | null
  id: string | null
  version: string | null
  progress: number | null
  totalKnown: boolean | null
  state: RunState | null
  mode: Job['mode']
  trigger: Job['trigger']
  startedAt: Date | null
  finishedAt: Date | null
  pausedUntil: Date | null
}

/** The columns of a job, from an installation `i` and a run `r`, which may be missing. */
const JOB = `select i.id as installation_id, i.account, i.active, i.inactive_reason,
    last.finished_at as last_sync_at, next.at as next_run_at, r.id, r.version, r.progress,
    r.total_known, r.state, r.mode, r.trigger, r.started_at, r.finished_at, r.paused_until`

// The orders of these, and of the newest run, are those of the indexes `run_complete` and `run_sync`.
const TIMES = `left join lateral (select finished_at from run
      where installation_id = i.id and ${isSync('run')} and state in ('finished', 'finished_with_gaps')
      order by finished_at - timestamptz 'epoch' desc limit 1) last on true
    left join lateral (select min(next_at) as at from schedule where installation_id = i.id) next
      on ${isScheduled('i')}`

/**
 * Returns the current jobs of every installation in scope: its open runs, or else the last sync that ended,
 * or else a job without a run (`ready`).
 *
 * @param filter `runId` and `runIds` select these runs, open or not.
 */
export async function readJobs(
  db: Queryable,
  scope: Scope,
  filter: { runId?: string; runIds?: string[]; installationId?: string } = {},
): Promise<Job[]> {
  const runIds = filter.runId === undefined ? filter.runIds : [filter.runId]
  const rows = runIds
    ? await readRuns(db, scope, runIds)
    : await readCurrent(db, scope, filter.installationId ?? null)
  return describeJobs(db, scope, rows)
}

/** Reads as many rows as it returns, however long the history is: open runs are few, and each newest is found by index. */
async function readCurrent(
  db: Queryable,
  scope: Scope,
  installationId: string | null,
): Promise<JobRow[]> {
  const { values, bind } = parametersOf([installationId])
  const { rows } = await db.query<JobRow>(
    `with open_run as materialized (select * from run where ${isOpenRun('run')})
     ${JOB}
     from installation i
       left join lateral (
         select * from open_run where installation_id = i.id
         union all (
           select * from run
           where installation_id = i.id and ${isSync('run')} and not ${isOpenRun('run')}
             and not exists (select from open_run o
               where o.installation_id = i.id and ${isSync('o')})
           order by -id limit 1)) r on true
       ${TIMES}
     where ${operated(scope, 'i.id')(bind)} and ($1::bigint is null or i.id = $1)
       and (${isCopied('i')} or r.id is not null)
     order by i.account, i.id, r.id`,
    values,
  )
  return rows
}

async function readRuns(db: Queryable, scope: Scope, runIds: string[]): Promise<JobRow[]> {
  const { values, bind } = parametersOf([runIds])
  const { rows } = await db.query<JobRow>(
    `${JOB}
     from run r join installation i on i.id = r.installation_id ${TIMES}
     where r.id = any($1::bigint[]) and ${operated(scope, 'i.id')(bind)}
     order by i.account, i.id, r.id`,
    values,
  )
  return rows
}

type RunKind = 'syncs' | 'refreshes' | 'code'

const MODES: Record<RunKind, string[]> = {
  syncs: ['full', 'incremental'],
  refreshes: ['targeted'],
  code: ['code'],
}

interface RunPage {
  installationId?: string
  before?: string
  kind?: RunKind
  states?: RunState[]
  project?: string
  limit: number
}

/**
 * Returns all stored runs, newest first.
 *
 * @param page `before` is the id of the last job of the previous page; `kind` restricts them to syncs, to
 * targeted refreshes or to code, and `project` to code of that project.
 */
export async function readAllJobs(db: Queryable, scope: Scope, page: RunPage): Promise<Job[]> {
  const { installationId = null, before = null, kind = null, limit } = page
  const { states = null, project = null } = page
  const modes = kind === null ? null : MODES[kind]
  const { values, bind } = parametersOf([installationId, before, limit, modes, states, project])
  const { rows } = await db.query<JobRow>(
    `${JOB}
     from run r join installation i on i.id = r.installation_id ${TIMES}
     where ${operated(scope, 'i.id')(bind)} and ($1::bigint is null or i.id = $1)
       and ($2::bigint is null or r.id < $2)
       and ($4::text[] is null or r.mode = any($4)) and ($5::text[] is null or r.state = any($5))
       and ($6::text is null or exists (
         select from ingest g where g.run_id = r.id and g.project = $6))
     order by r.id desc limit $3`,
    values,
  )
  return describeJobs(db, scope, rows)
}

/** Returns the versions of all open runs and of the given ones. */
export async function readVersions(db: Queryable, scope: Scope, runIds: string[]) {
  const { values, bind } = parametersOf([runIds])
  const { rows } = await db.query<{ id: string; version: string }>(
    `select id, version from run
     where (${isOpenRun('run')} or id = any($1::bigint[]))
       and ${operated(scope, 'installation_id')(bind)}`,
    values,
  )
  return rows
}

async function describeJobs(db: Queryable, scope: Scope, rows: JobRow[]): Promise<Job[]> {
  const runIds = rows.flatMap((row) => row.id ?? [])
  const slotsByStage = await readWorkerSlots(db)
  const stages = await readStages(db, runIds)
  const unfinished = await readUnfinished(db, scope, runIds)
  const inHand = await readInHand(db, scope, runIds)
  const ingests = await readIngests(db, runIds)
  return rows.map((row) =>
    describeJob(row, {
      stages: stages.filter((stage) => stage.runId === row.id),
      unfinished: unfinished.get(row.id ?? '') ?? [],
      inHand: inHand.get(row.id ?? '') ?? null,
      ingest: ingests.find(({ runId }) => runId === row.id) ?? null,
      slotsByStage,
    }),
  )
}

interface Parts {
  stages: StageRow[]
  unfinished: Unfinished[]
  inHand: InHand | null
  ingest: IngestRow | null
  slotsByStage: Awaited<ReturnType<typeof readWorkerSlots>>
}

function describeJob(
  row: JobRow,
  { stages, unfinished, inHand, ingest, slotsByStage }: Parts,
): Job {
  const places = placesOf(row.mode ?? 'full')
  const views = new Map<Place, StageView>(
    places.map((place, index) => {
      const workerSlots = slotsByStage[WORK[place].stage]
      const stage = stages.find(({ position }) => position === WORK[place].position)
      const waits = row.state === 'queued' && index === 0
      return [
        place,
        waits ? describeWaiting(workerSlots) : describeStage(stage, row.state, workerSlots),
      ]
    }),
  )
  return {
    id: row.id,
    version: row.version ?? '0',
    name: 'GitHub',
    installation: { id: row.installationId, account: row.account },
    active: row.active,
    progress: hasFinished(row) ? 100 : (row.progress ?? 0),
    totalKnown: hasFinished(row) || (row.totalKnown ?? false),
    lastSyncAt: iso(row.lastSyncAt),
    nextRunAt: iso(row.nextRunAt),
    overall: row.state ?? 'ready',
    mode: row.mode,
    trigger: row.trigger,
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    pausedUntil: iso(row.pausedUntil),
    error: errorOf(row, stages, unfinished),
    unfinished,
    lastActivityAt: iso(inHand ? new Date() : lastMoment(row, stages)),
    ...whereIs(row, views, inHand),
    status: row.state ? STATUS_OF[row.state] : 'ready',
    ingest:
      ingest &&
      describeIngest(ingest, views, {
        isRunning: row.state === 'running',
        currentItem: inHand?.name ?? null,
      }),
    steps: Object.fromEntries(
      STEPS.map((step, index) => [step.name, describeStep(step, index, views)]),
    ) as Job['steps'],
  }
}

function errorOf(row: JobRow, stages: StageRow[], unfinished: Unfinished[]): string | null {
  if (!row.active) return `The installation is inactive: ${row.inactiveReason ?? 'no reason given'}`
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0)
  if (failed === 0) return null
  const first = unfinished.find((item) => item.state === 'failed')
  const summary = `${failed} ${failed === 1 ? 'work item' : 'work items'} failed`
  return first ? `${summary}. First error: ${first.message}` : summary
}

function describeStep(
  step: (typeof STEPS)[number],
  index: number,
  views: Map<Place, StageView>,
): StepView {
  const details = Object.fromEntries(
    STAGES.map((stage) => [stage, views.get(`${step.name}/${stage}`) ?? IDLE]),
  ) as Record<StageName, StageView>
  // A run has no stages of the steps that others are for.
  return {
    order: index + 1,
    display_name: step.displayName,
    extraction: details.extraction.state,
    transform: details.transform.state,
    embedding: details.embedding.state,
    details,
  }
}

/** Returns the latest recorded time. It does not consider running items, which mean activity right now. */
function lastMoment(row: JobRow, stages: StageRow[]): Date | null {
  const moments = [
    row.startedAt,
    row.finishedAt,
    ...stages.flatMap((stage) => [stage.firstItemAt, stage.lastItemAt]),
  ]
  const known = moments.flatMap((moment) => moment?.getTime() ?? [])
  return known.length > 0 ? new Date(Math.max(...known)) : null
}

function whereIs(
  row: JobRow,
  views: Map<Place, StageView>,
  inHand: Parts['inHand'],
): Pick<Job, 'phase' | 'step' | 'stage' | 'currentItem'> {
  const overall = row.state ?? 'ready'
  if (!isOpen(overall)) return { phase: overall, step: null, stage: null, currentItem: null }
  const places = [...views.keys()]
  const next = places.find((place) => !views.get(place)?.lastItemAt) ?? places[0]
  const place = inHand ? placeAt(inHand.position) : (next as Place)
  const kinds = [...views.values()].flatMap((view) => view.reason?.kind ?? [])
  const isStalled = kinds.includes('stalled') || kinds.includes('queue')
  const isRetrying =
    !inHand && kinds.length > 0 && kinds.every((kind) => /^(retrying|database)$/.test(kind))
  return {
    phase: isStalled ? 'stalled' : isRetrying ? 'retrying' : overall,
    step: WORK[place].step,
    stage: WORK[place].stage,
    currentItem: inHand?.name ?? null,
  }
}

function hasFinished({ state }: JobRow): boolean {
  return state === 'finished' || state === 'finished_with_gaps'
}

function iso(date: Date | null): string | null {
  return date ? date.toISOString() : null
}
