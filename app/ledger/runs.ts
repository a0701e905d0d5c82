/**
 * The states of a run. Only this file changes them, apart from the end of a run in `counters.ts`:
 *
 *   request ─► queued ─► running ⇄ paused ─► finished │ finished_with_gaps │ failed ─► (retry) running
 *                 └────────┴─────────┴─────► cancelled
 *
 * An installation has at most one sync (full or incremental) in progress and one queued behind it. Beside it,
 * one targeted run accepts refreshes of single objects until its extraction ends. Whoever starts or reopens a
 * run locks the row of its installation. The lock is not `for update`: a transaction that ends a run takes a
 * key-share lock on the installation, and the two would deadlock.
 */

import { type Actor, recordRun } from '#app/audit/record-entry.ts'
import { LeaseLostError, OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, isActiveRun, isOpenRun, isSync } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { PRIORITY, type Priority, type Rank, ranked } from '#app/queues/stages.ts'
import { closeStages, countChanges, StageEndedError } from './counters.ts'
import { covers, type RunRequest, runRequest, widen } from './requests.ts'
import { noteDecision } from './run-events.ts'
import { placesOf, upstreamOf, WORK } from './work.ts'
import { insertItems, type NewItem, reopenItems } from './work-items.ts'

export type Trigger = 'schedule' | 'manual' | 'webhook' | 'cli'

/** What caused a request, and who made it if a person or a program did. */
export type RequestedBy = Trigger | { trigger: Trigger; actor: Actor }

export interface RequestedRun {
  runId: string
  /** True if an existing run covers the request, or was widened to cover it. */
  joined: boolean
  message: string
}

/** Returns the initial items of a sync run. It may read the database but must not call external services. */
export type InitialItems = (
  tx: Queryable,
  run: { runId: string; installationId: string; request: RunRequest },
) => Promise<NewItem[]>

const FIRST_OF_CODE: NewItem = {
  place: 'github_code/extraction',
  key: 'clone',
  payload: { kind: 'clone' },
}

const DEADLOCK = '40P01'

const TRIGGER_PRIORITY: Record<Trigger, Priority> = {
  webhook: PRIORITY.webhook,
  manual: PRIORITY.person,
  cli: PRIORITY.person,
  schedule: PRIORITY.schedule,
}

/**
 * Requests a sync. A run that covers the request is joined; otherwise the request waits as the only queued
 * run of the installation, which further requests widen.
 *
 * @throws OperatorError if the installation is unknown or inactive.
 */
export async function requestRun(
  pool: Pool,
  installationId: string,
  by: RequestedBy,
  request: RunRequest,
): Promise<RequestedRun> {
  const { trigger, actor } = typeof by === 'string' ? { trigger: by, actor: by } : by
  return transaction(pool, async (tx) => {
    const requested = await joinOrInsert(tx, installationId, { trigger, actor }, request)
    const { runId, joined } = requested
    await recordRun(tx, runId, {
      ...{ actor, action: 'sync.requested' },
      details: { joined, request: { ...request } },
    })
    return requested
  })
}

async function joinOrInsert(
  tx: Queryable,
  installationId: string,
  { trigger, actor }: Exclude<RequestedBy, Trigger>,
  request: RunRequest,
): Promise<RequestedRun> {
  await holdInstallation(tx, installationId)
  const { rows } = await tx.query<OpenRun>(
    `select id, state, trigger, request from run
     where installation_id = $1 and ${isSync('run')} and ${isOpenRun('run')}
     order by id`,
    [installationId],
  )
  for (const run of rows) {
    if (!covers(runRequest.parse(run.request), request)) continue
    await raiseTrigger(tx, run, trigger)
    await noteDecision(tx, run.id, 'joined', { actor })
    return { runId: run.id, joined: true, message: `Job ${run.id} already covers this request` }
  }
  const successor = rows.find((run) => run.state === 'queued')
  if (successor) {
    await raiseTrigger(tx, successor, trigger)
    const wider = widen(runRequest.parse(successor.request), request)
    await tx.query('update run set request = $2, mode = $3, version = version + 1 where id = $1', [
      successor.id,
      JSON.stringify(wider),
      wider.mode,
    ])
    await noteDecision(tx, successor.id, 'joined', { actor, facts: { mode: wider.mode } })
    return {
      runId: successor.id,
      joined: true,
      message: `Job ${successor.id} was extended to cover this request`,
    }
  }
  const runId = await insertRun(tx, installationId, trigger, request)
  await noteDecision(tx, runId, 'requested', { actor })
  const message = rows[0] ? `Queued behind job ${rows[0].id}` : 'Starts now'
  return { runId, joined: false, message }
}

interface OpenRun {
  id: string
  state: string
  trigger: Trigger
  request: unknown
}

/** Gives a queued run the priority of its most urgent request. */
async function raiseTrigger(tx: Queryable, run: OpenRun, trigger: Trigger): Promise<void> {
  if (run.state !== 'queued' || TRIGGER_PRIORITY[trigger] >= TRIGGER_PRIORITY[run.trigger]) return
  await tx.query('update run set trigger = $2 where id = $1', [run.id, trigger])
}

/** On `run`: waits for another to end: a sync for one of its installation, an ingest for an earlier one of its ref. */
function isBehind(run: string): string {
  return `case when ${isSync(run)}
    then exists (select from run o where o.installation_id = ${run}.installation_id
      and ${isSync('o')} and ${isActiveRun('o')})
    else exists (select from ingest mine join ingest other using (ref_id)
      join run o on o.id = other.run_id and o.id < mine.run_id and ${isOpenRun('o')}
      where mine.run_id = ${run}.id) end`
}

/**
 * Starts every queued run whose installation is active and that need not wait for another. A run that cannot
 * be started stays queued and is retried at the next call.
 */
export async function startQueuedRuns(
  pool: Pool,
  initialItems: InitialItems,
  logger: Logger,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string; installationId: string }>(
    `select r.id, r.installation_id from run r join installation i on i.id = r.installation_id
     where r.state = 'queued' and ${isActiveInstallation('i')} and not ${isBehind('r')}
     order by r.id limit 100`,
  )
  const started: string[] = []
  for (const run of rows) {
    try {
      if (await transaction(pool, (tx) => startRun(tx, run.id, run.installationId, initialItems)))
        started.push(run.id)
    } catch (error) {
      logger.error({ err: error, run: run.id }, 'a run could not be started; other runs continue')
    }
  }
  return started
}

interface StartedRun {
  mode: string
  request: unknown
  trigger: Trigger
  /** That of a job of code, among the others. */
  rank: Rank | null
}

async function startRun(
  tx: Queryable,
  runId: string,
  installationId: string,
  initialItems: InitialItems,
) {
  await holdInstallation(tx, installationId)
  const { rows } = await tx.query<StartedRun>(
    `update run r set state = 'running', started_at = clock_timestamp(), version = version + 1
     where id = $1 and state = 'queued' and not ${isBehind('r')}
     returning mode, request, trigger,
       (select d.priority from ingest i join code_ref c on c.id = i.ref_id
          join dataset d on d.id = c.dataset_id where i.run_id = r.id) as rank`,
    [runId],
  )
  const run = rows[0]
  if (!run) return false
  await noteDecision(tx, runId, 'started')
  await insertStages(tx, runId, run.mode)
  const items =
    run.mode === 'code'
      ? [FIRST_OF_CODE]
      : await initialItems(tx, { runId, installationId, request: runRequest.parse(run.request) })
  const priority = ranked(TRIGGER_PRIORITY[run.trigger], run.rank ?? 'between')
  await countChanges(tx, runId, await insertItems(tx, runId, items, priority))
  await closeStages(tx, runId)
  return true
}

interface RefreshRequest {
  trigger: Trigger
  items: NewItem[]
  within?: (tx: Queryable) => Promise<void>
}

/**
 * Requests that single objects are read again, beside any sync. Pending items are left as they are; items
 * that are being read are marked dirty and read once more; items that were settled in this run are reopened.
 *
 * @param request.within does what belongs to the request, in the same transaction; it may be called again.
 */
export async function requestRefresh(
  pool: Pool,
  installationId: string,
  { trigger, items, within }: RefreshRequest,
): Promise<{ runId: string }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(pool, async (tx) => {
        await within?.(tx)
        return refresh(tx, installationId, trigger, items)
      })
    } catch (error) {
      // Either the run or its extraction ended between the select and the count, so the next attempt opens a
      // new run; or a settling transaction locked the same items in another order.
      const passing =
        error instanceof StageEndedError ||
        error instanceof LeaseLostError ||
        (error as { code?: string }).code === DEADLOCK
      if (!passing || attempt === 3) throw error
    }
  }
}

async function refresh(
  tx: Queryable,
  installationId: string,
  trigger: Trigger,
  items: NewItem[],
): Promise<{ runId: string }> {
  if (items.length === 0) throw new Error('A refresh needs at least one item')
  await holdInstallation(tx, installationId)
  const positions = [...new Set(items.map((item) => WORK[item.place].position))]
  const { rows } = await tx.query<{ id: string }>(
    `select id from run r where installation_id = $1 and mode = 'targeted'
       and ${isActiveRun('r')} and not exists (select from stage s
         where s.run_id = r.id and s.position = any($2) and s.last_item_at is not null)
     order by id limit 1`,
    [installationId, positions],
  )
  const runId = rows[0]?.id ?? (await insertRun(tx, installationId, trigger, null))
  const reopened = await reopenItems(tx, runId, items)
  const added = await insertItems(tx, runId, items, TRIGGER_PRIORITY[trigger])
  await countChanges(tx, runId, [...added, ...reopened])
  return { runId }
}

async function insertRun(
  tx: Queryable,
  installationId: string,
  trigger: Trigger,
  request: RunRequest | null,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into run (installation_id, mode, trigger, request, state, started_at)
     values ($1, $2, $3, $4, $5, case $5 when 'running' then clock_timestamp() end) returning id`,
    [
      installationId,
      request?.mode ?? 'targeted',
      trigger,
      JSON.stringify(request ?? {}),
      request ? 'queued' : 'running',
    ],
  )
  const runId = rows[0]?.id as string
  if (request) return runId
  await insertStages(tx, runId, 'targeted')
  await noteDecision(tx, runId, 'started')
  return runId
}

/**
 * Queues a run that ingests code; the caller adds its row of `ingest`.
 *
 * @throws OperatorError if the installation is inactive.
 */
export async function queueCode(
  tx: Queryable,
  installationId: string,
  { trigger, actor }: Exclude<RequestedBy, Trigger>,
): Promise<string> {
  await holdInstallation(tx, installationId)
  const { rows } = await tx.query<{ id: string }>(
    `insert into run (installation_id, mode, trigger, state) values ($1, 'code', $2, 'queued')
     returning id`,
    [installationId, trigger],
  )
  const runId = rows[0]?.id as string
  await noteDecision(tx, runId, 'requested', { actor })
  return runId
}

async function insertStages(tx: Queryable, runId: string, mode: string): Promise<void> {
  const places = placesOf(mode)
  await tx.query(
    `insert into stage (run_id, position, step, stage, upstream)
     select $1, position, step, stage, upstream::smallint[]
     from unnest($2::smallint[], $3::text[], $4::text[], $5::text[])
       as place (position, step, stage, upstream)`,
    [
      runId,
      places.map((place) => WORK[place].position),
      places.map((place) => WORK[place].step),
      places.map((place) => WORK[place].stage),
      places.map((place) => `{${upstreamOf(place).join(',')}}`),
    ],
  )
}

export async function holdInstallation(tx: Queryable, installationId: string): Promise<void> {
  const { rows } = await tx.query<{ active: boolean; inactiveReason: string | null }>(
    'select active, inactive_reason from installation where id = $1 for no key update',
    [installationId],
  )
  if (!rows[0])
    throw new OperatorError(`There is no installation ${installationId}`, 'See `whence status`.')
  if (!rows[0].active)
    throw new OperatorError(
      `The installation is inactive: ${rows[0].inactiveReason ?? 'no reason given'}`,
      'Activate it on GitHub, then try again.',
    )
}
