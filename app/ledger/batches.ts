/**
 * Moves pending items into the hands of workers and back. `work-items.ts` documents the whole state machine.
 */
import type { z } from 'zod'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { BATCH_WEIGHT, type Priority, STAGES, type StageName } from '#app/queues/stages.ts'
import type { Waited } from './times.ts'
import { PLACES, type Place, placeAt, WORK } from './work.ts'
import { type ClaimedBatch, type ClaimedItem, MAX_ATTEMPTS } from './work-items.ts'

const HAND_OUT_LOCK = 0x77686e63 // 'whnc'
// Maximum number of items per run and place in one hand-out. Without it, light items could fill a window with
// tens of thousands of rows. It exceeds the weight of any batch, so that even the lightest items can fill
// one.
const MAX_ITEMS = 2_500
// A batch this full is sent, because the next item would usually not fit.
const FULL = 0.97

/** A batch that was handed out and still has to be put into the queue. */
export interface HandedBatch {
  id: string
  priority: Priority
}

interface DueItem {
  id: string
  runId: string
  position: number
  priority: Priority
  weight: number
  lostLeases: number
}

/**
 * pending → queued, for as many items of a stage as its window has room for: by priority, then round-robin
 * between installations, then by age. Extraction is limited to the slots of each installation, of which code has
 * its own: a clone can take an hour.
 *
 * @param options.slots worker slots of the stage, over all workers that are alive.
 * @param options.unclaimedMs time after which an unclaimed batch is dissolved.
 */
export async function handOut(
  pool: Pool,
  stage: StageName,
  options: { slots: number; unclaimedMs: number },
): Promise<HandedBatch[]> {
  // Most calls come too early; this finds out without a transaction.
  if (!(await readWindow(pool, stage, options.slots))) return []
  return transaction(pool, async (tx) => {
    // Only one relay per stage hands out at a time, and sees what the previous one handed out. The settings
    // stop the planner from sorting all items of a run instead of walking the index of pending items: its
    // statistics usually date from a time when the table was nearly empty.
    await tx.query(
      `select pg_advisory_xact_lock($1, $2), set_config('enable_bitmapscan', 'off', true),
         set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
      [HAND_OUT_LOCK, STAGES.indexOf(stage)],
    )
    const window = await readWindow(tx, stage, options.slots)
    if (!window) return []
    const due = await chooseDue(tx, stage, window.room)
    const packed = packBatches(due, BATCH_WEIGHT[stage])
    const sent = withoutUnfilled(due, packed, BATCH_WEIGHT[stage], window.queued)
    return sent.length === 0 ? [] : insertBatches(tx, sent, options.unclaimedMs)
  })
}

interface Window {
  /** Weight that may still be put into the queue. */
  room: number
  /**
   * The kinds of the batches that wait in the queue. In embedding, running batches count too: every batch
   * costs a request to the provider, and the items of a running batch may still be put back.
   */
  queued: Set<string>
}

/**
 * Reads the window of a stage.
 *
 * @returns null while less than half of the window is free, because small hand-outs cost as much as large
 * ones.
 */
async function readWindow(db: Queryable, stage: StageName, slots: number): Promise<Window | null> {
  const { rows } = await db.query<Kind & { weight: number | null }>(
    `select b.run_id, b.position, b.priority,
       (sum(b.weight) filter (where b.state = 'queued'))::int as weight
     from batch b join run r on r.id = b.run_id and ${isActiveRun('r')}
     where b.position = any($1) group by 1, 2, 3`,
    [positionsOf(stage)],
  )
  const size = 4 * slots * BATCH_WEIGHT[stage]
  const room = size - rows.reduce((sum, { weight }) => sum + (weight ?? 0), 0)
  if (room <= 0 || room * 2 < size) return null
  const queued = rows.filter(({ weight }) => weight !== null || stage === 'embedding')
  return { room, queued: new Set(queued.map(kindOf)) }
}

/** The properties that all items of a batch share. */
type Kind = Pick<DueItem, 'runId' | 'position' | 'priority'>

function kindOf({ runId, position, priority }: Kind): string {
  return `${runId}/${position}/${priority}`
}

/**
 * Leaves out a batch with room to spare if another batch of its kind goes before it: in the queue it would
 * only wait, while in PostgreSQL it can still fill up. Without this, a backlog would be handed out in as many
 * small pieces as it arrived in.
 */
export function withoutUnfilled(
  items: DueItem[],
  batches: number[],
  capacity: number,
  queued: Set<string>,
): (DueItem & { batch: number })[] {
  const weights = new Map<number, number>()
  const kinds = new Map<string, { batches: Set<number>; open: number | null }>()
  for (const [index, item] of items.entries()) {
    const batch = batches[index] as number
    weights.set(batch, (weights.get(batch) ?? 0) + item.weight)
    const kind = kinds.get(kindOf(item)) ?? { batches: new Set(), open: null }
    kind.batches.add(batch)
    if (!goesAlone(item)) kind.open = Math.max(kind.open ?? 0, batch)
    kinds.set(kindOf(item), kind)
  }
  const unfilled = new Set<number | null>()
  for (const [kind, { batches, open }] of kinds) {
    const isBehind = queued.has(kind) || batches.size > 1
    if (open !== null && isBehind && (weights.get(open) ?? 0) < FULL * capacity) unfilled.add(open)
  }
  const placed = items.map((item, index) => ({ ...item, batch: batches[index] as number }))
  return placed.filter(({ batch }) => !unfilled.has(batch))
}

// A single lost lease may be due to an outage that affected all workers.
const ALONE_FROM = 2

function goesAlone({ lostLeases }: DueItem): boolean {
  return lostLeases >= ALONE_FROM
}

async function insertBatches(
  tx: Queryable,
  due: (DueItem & { batch: number })[],
  unclaimedMs: number,
): Promise<HandedBatch[]> {
  const byNumber = new Map<number, DueItem[]>()
  for (const item of due) {
    const items = byNumber.get(item.batch)
    if (items) items.push(item)
    else byNumber.set(item.batch, [item])
  }
  const batches = [...byNumber.values()]
  const first = batches.map(([item]) => item as DueItem)
  const { rows } = await tx.query<HandedBatch>(
    `insert into batch (run_id, position, priority, weight, items, until)
     select run_id, position, priority, weight, items::bigint[],
       clock_timestamp() + $6 * interval '1 millisecond'
     from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::int[], $5::text[])
       with ordinality as made (run_id, position, priority, weight, items, place)
     order by place
     returning id, priority`,
    [
      first.map((item) => item.runId),
      first.map((item) => item.position),
      first.map((item) => item.priority),
      batches.map((items) => items.reduce((sum, { weight }) => sum + weight, 0)),
      batches.map((items) => `{${items.map(({ id }) => id).join()}}`),
      unclaimedMs,
    ],
  )
  return rows
}

/** Returns the pending items that there is room for, in hand-out order. */
async function chooseDue(db: Queryable, stage: StageName, room: number): Promise<DueItem[]> {
  const { rows } = await db.query<DueItem>(
    `with open_run as (
       select id, installation_id, mode = 'code' as is_code from run where ${isActiveRun('run')}
     ), handed as (
       select b.run_id, unnest(b.items) as id from batch b where b.position = any($1)
     ), candidate as (
       select w.*, r.id as run_id, p.position, r.installation_id,
r.is_code,
         row_number() over (partition by r.installation_id, r.is_code order by w.priority, w.id) as turn
       from open_run r cross join unnest($1::smallint[]) p (position) cross join lateral (
         select id, priority, weight, lost_leases from work_item
         where run_id = r.id and position = p.position and state = 'pending'
           and not_before <= clock_timestamp() and id not in (select id from handed)
         order by priority, id limit $4) w
     ), allowed as (
       select c.*, sum(c.weight) over turns - c.weight as before, row_number() over turns as place
       from candidate c join installation i on i.id = c.installation_id
       where not $3 or c.turn <= case when jsonb_typeof(i.settings -> 'extraction_slots') = 'number'
         then greatest(1, (i.settings ->> 'extraction_slots')::numeric) else 1 end
         - (select count(*) from open_run r join handed h on h.run_id = r.id
            where r.installation_id = i.id and r.is_code = c.is_code)
       window turns as (order by c.priority, c.turn, c.id)
     )
     select id, run_id, position, priority, weight, lost_leases
     from allowed where before < $2 order by place`,
    [positionsOf(stage), room, stage === 'extraction', Math.min(room, MAX_ITEMS)],
  )
  return rows
}

function positionsOf(stage: StageName): number[] {
  return PLACES.map((place) => WORK[place])
    .filter((work) => work.stage === stage)
    .map((work) => work.position)
}

/**
 * Packs items into batches of at most `capacity` weight; a heavier item gets a batch of its own. A batch
 * holds items of one run, place and priority. Each item goes into the first batch with room for it (first
 * fit), so that a heavy item leaves no room unused. An item whose worker died twice goes alone.
 *
 * @returns for each item the number of its batch.
 */
export function packBatches(items: DueItem[], capacity: number): number[] {
  const open = new Map<string, { number: number; weight: number }[]>()
  let batches = 0
  return items.map((item) => {
    const { weight } = item
    const key = kindOf(item)
    if (goesAlone(item)) return batches++
    const mine = open.get(key) ?? []
    open.set(key, mine)
    const roomy = mine.find((batch) => batch.weight + weight <= capacity)
    if (!roomy) mine.push({ number: batches, weight })
    else roomy.weight += weight
    return roomy?.number ?? batches++
  })
}

/** Returns true if more items of the same kind are due that no worker has claimed yet. */
export async function hasBacklog(db: Queryable, item: ClaimedItem): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>(
    `select exists (select from work_item where run_id = $1 and position = $2 and priority = $3
         and state = 'pending' and not_before <= clock_timestamp()
         and id not in (select unnest(items) from batch where position = $2))
       or exists (select from batch where run_id = $1 and position = $2 and priority = $3
         and state = 'queued') as waits`,
    [item.runId, WORK[item.place].position, item.priority],
  )
  return rows[0]?.waits ?? false
}

type ClaimedRow = Omit<ClaimedItem, 'place'> &
  Waited & { position: number; maxRetries: number | null }

/**
 * queued → running. @returns null if the batch no longer exists, was claimed already, or its run has ended.
 *
 * @param workerId the worker that renews the lease; null if no process does.
 */
export async function claim(
  db: Queryable,
  batchId: string,
  leaseMs: number,
  workerId: string | null = null,
): Promise<ClaimedBatch | null> {
  const { rows } = await db.query<ClaimedRow>(
    `with mine as (
       update batch b
       set state = 'running', until = clock_timestamp() + $2 * interval '1 millisecond',
         worker_id = $3, claimed_at = clock_timestamp()
       from run r
       where b.id = $1 and b.state = 'queued' and r.id = b.run_id
         and ${isActiveRun('r')}
       returning b.*, r.installation_id,
         (select max_retries from ingest i where i.run_id = r.id) as max_retries)
     select w.id, w.run_id, mine.installation_id, w.key, w.payload,
       w.weight, w.attempts, w.reread, w.lost_leases, mine.position, mine.priority,
       mine.max_retries,
       (extract(epoch from clock_timestamp() - w.not_before) * 1000)::float8 as queued_ms,
       coalesce(extract(epoch from w.not_before - w.snoozed_at) * 1000, 0)::float8 as paused_ms
     from mine join work_item w on w.id = any(mine.items)
     order by array_position(mine.items, w.id)`,
    [batchId, leaseMs, workerId],
  )
  const [first] = rows
  if (!first) return null
  const { runId, priority, maxRetries } = first
  const place = placeAt(first.position)
  const waited = { queuedMs: averageOf(rows, 'queuedMs'), pausedMs: averageOf(rows, 'pausedMs') }
  const mostAttempts = maxRetries === null ? MAX_ATTEMPTS : maxRetries + 1
  return {
    id: batchId,
    runId,
    place,
    priority,
    waited,
    mostAttempts,
    ...parsePayloads(place, rows),
  }
}

function averageOf(rows: Waited[], wait: keyof Waited): number {
  return rows.reduce((sum, row) => sum + Math.max(0, row[wait]), 0) / rows.length
}

/** Validates the payloads; handlers rely on this check. */
function parsePayloads(
  place: Place,
  rows: ClaimedRow[],
): Pick<ClaimedBatch, 'items' | 'malformed'> {
  const items: ClaimedItem[] = []
  const malformed: ClaimedBatch['malformed'] = []
  for (const { position, queuedMs, pausedMs, maxRetries, ...item } of rows) {
    const { data, error } = WORK[place].payload.safeParse(item.payload)
    if (data) items.push({ ...item, place, payload: data })
    else malformed.push({ ...item, payload: {}, message: describeMalformed(place, error) })
  }
  return { items, malformed }
}

function describeMalformed(place: Place, error: z.ZodError | undefined): string {
  const issues = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return `The payload does not fit ${place} (${issues?.join('; ')}). Another version of Whence may have written it: start a new sync.`
}

/**
 * Extends the leases of claimed batches. Batches that are just being settled are skipped.
 *
 * @returns the ids of the lost batches: dissolved, or of a run that has ended.
 */
export async function renew(
  db: Queryable,
  batches: ClaimedBatch[],
  leaseMs: number,
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `with mine as (
       select u.id, r.id is not null as held
       from unnest($1::bigint[]) u (id)
         left join batch b on b.id = u.id and b.until > clock_timestamp()
         left join run r on r.id = b.run_id and ${isActiveRun('r')}
     ), free as (
       select b.id from batch b join mine on mine.id = b.id and mine.held for update of b skip locked
     ), renewed as (
       update batch b set until = clock_timestamp() + $2 * interval '1 millisecond'
       from free where b.id = free.id
     )
     select id from mine where not held`,
    [batches.map((batch) => batch.id), leaseMs],
  )
  return new Set(rows.map((row) => row.id))
}

/**
 * Dissolves batches that were not claimed in time, or whose lease expired. A lost lease counts against an item
 * only if it may be the cause: if the worker goes on, items that were in a batch with others are innocent. If
 * the worker died, all its items are suspected once, then go alone, and from then on only those count that
 * were there most often.
 *
 * @param leaseMs how long a lease lasts. A worker goes on if it sent a heartbeat in the last half of it.
 */
export async function recover(db: Queryable, leaseMs = 30_000): Promise<void> {
  await db.query(
    `with overdue as (
       select id from batch where until <= clock_timestamp() order by id for update skip locked
     ), gone as (
       delete from batch b using overdue where b.id = overdue.id returning b.*
     ), noted as (
       insert into run_event (run_id, kind, level, position, times, fold)
       select r.id, 'lease_lost', 'warning', gone.position, sum(cardinality(gone.items)),
         'lease_lost ' || gone.position
       from gone join run r on r.id = gone.run_id
       where gone.state = 'running' group by r.id, gone.position
       on conflict (run_id, fold) do update
       set times = run_event.times + excluded.times, last_at = clock_timestamp()
     ), lost as (
       select w.id, w.lost_leases, cardinality(gone.items) = 1 as is_alone,
         max(w.lost_leases) over (partition by coalesce(gone.worker_id, gone.id::text)) as most,
         exists (select from worker o where o.id = gone.worker_id
           and o.heartbeat_at > gone.until - $1 * interval '1 millisecond' / 2) as goes_on
       from gone cross join unnest(gone.items) as member (id) join work_item w on w.id = member.id
       where gone.state = 'running'
     )
     update work_item w
     set lost_leases = w.lost_leases + 1
     from lost
     where w.id = lost.id and case when lost.goes_on then lost.is_alone
       else lost.lost_leases < $2 or lost.lost_leases = lost.most end`,
    [leaseMs, ALONE_FROM],
  )
}
