/**
 * The state machine of the ledger, which is the truth about the work that is left to do.
 *
 * A work item is the unit of a stage. It is inserted by the transaction that made it necessary, and waits in
 * PostgreSQL. A batch is what one queue job carries: items of one run and place, handed out together under
 * one lease. Its row exists only while it is in flight. Each arrow is one function, and no other code moves
 * an item (except `runs.ts` and `decisions.ts`, for whole runs).
 *
 *   insertItems                          settle
 *   ──────────► pending ─────────────────────────────► done │ failed │ gap │ cancelled
 *                  ▲ │                     ▲ │
 *                  │ │ handOut      claim  │ │ snooze, again, retry, dirty: pending, without a batch
 *                  │ └──► queued ──────► running
 *                  │        │ batches.ts    │
 *                  └────────┴───────────────┘ recover: not claimed in time, or the lease expired
 *
 * - pending: waits at least until `not_before`. An unsettled item is pending, in a batch or not.
 * - queued: a batch whose id is in the queue. The queue may lose it at any time, so a batch that is not
 *   claimed before `until` is dissolved. The queue may also deliver it twice, but it is claimed only once.
 * - running: one worker holds the batch under a lease that it must renew. When the lease expires, the batch
 *   is dissolved and its items go into other batches; the late worker's transaction finds the batch missing
 *   and is rolled back with LeaseLostError. The same happens when the run has ended (cancelled).
 * - done, failed, gap, cancelled: settled. Only a person's retry or a refresh reopens them.
 *
 * A payload is validated once, when its batch is claimed, and handlers rely on it. An item whose payload does
 * not fit its place (`work.ts`) fails at once with a message; the other items of the batch continue.
 *
 * Attempts count only outcomes that a handler reported. A worker that dies uses up no attempt, but from the
 * second lost lease on, its items go alone, and after MAX_LOST_LEASES the item fails, because it may be what
 * kills them. `recover` says which lost leases count.
 *
 * Everything that a handler does for its items is one transaction: its results, the moves of its items, the
 * items that follow (`unique (run, position, key)` makes a second execution a no-op), and finally the
 * counters. All times are by the database's clock. See docs/glossary.md for the terms.
 */

import { LeaseLostError } from '#app/config/errors.server.ts'
import { hideSecrets } from '#app/config/secrets.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Priority, StageName } from '#app/queues/stages.ts'
import { type Change, countChanges } from './counters.ts'
import { type ItemEvent, noteItems } from './run-events.ts'
import { noteTimes, type Spent, type Waited } from './times.ts'
import { checkFollowUp, type Payload, type Place, WORK } from './work.ts'

/** The sixth failed attempt is the last, but jobs of code say themselves how often they try. */
export const MAX_ATTEMPTS = 6
export const MAX_LOST_LEASES = 10
const MAX_MESSAGE = 2_000
const UNKNOWN_WAIT_MS = 60_000

/** An item to insert. `key` identifies it within its run and place; inserting it again has no effect. */
export type NewItem<P extends Place = Place> = {
  [One in P]: {
    place: One
    key: string
    payload: Payload<One>
    /** Its share of `BATCH_WEIGHT` in a batch; 1 by default. */
    weight?: number
    /** Defaults to the priority of the preceding item or of the run. */
    priority?: Priority
  }
}[P]

/** An item that a worker has claimed. */
export interface ClaimedItem<P extends Place = Place> {
  id: string
  runId: string
  installationId: string
  place: P
  key: string
  payload: Payload<P>
  priority: Priority
  /** Weight as estimated when it was inserted or put back. */
  weight: number
  attempts: number
  lostLeases: number
  /** True if it was settled before and then reopened; its follow-ups are done again too. */
  reread: boolean
}

/** A batch that a worker has claimed, valid as long as its lease is renewed. */
export interface ClaimedBatch<P extends Place = Place> {
  id: string
  runId: string
  place: P
  priority: Priority
  items: ClaimedItem<P>[]
  /** Items whose payload does not fit their place. No handler sees them; they fail. */
  malformed: (SettledItem & { message: string })[]
  /** The failed attempt with this number is the last. */
  mostAttempts: number
  waited: Waited
}

/** The fields of an item that settling needs. */
type SettledItem = Pick<ClaimedItem, 'id' | 'attempts' | 'reread'> & { payload: unknown }

/**
 * The outcome of one item. `snooze` uses no attempt. `retry` waits 2 s × 2ⁿ ± 50 % (at most 5 min), and the sixth failure is final.
 * `again` puts the item back at once to join other batches: it weighs less than estimated, or a part of it is
 * done.
 */
export type Outcome =
  | { state: 'done'; followUps?: NewItem[] }
  | {
      state: 'snooze'
      until: Date
      reason: 'rate_limit' | 'provider' | 'retrying'
      /** In plain words; `detail` is what GitHub or the provider answered. */
      message: string
      detail?: string | null
      followUps?: NewItem[]
    }
  | {
      state: 'snooze'
      /** Null: `delayMs` later, or twice as long as the item has just waited for the database. */
      until: null
      delayMs: number
      reason: 'database'
      message: string
      detail?: string | null
    }
  | { state: 'again'; weight: number }
  | { state: 'retry'; message: string }
  | { state: 'gap'; subject: string; message: string; followUps?: NewItem[] }
  | { state: 'failed'; message: string }
  | { state: 'cancelled' }

/** Inserts items that do not exist yet. The caller must count the returned changes as its last step. */
export async function insertItems(
  tx: Queryable,
  runId: string,
  items: NewItem[],
  priority: Priority,
): Promise<Change[]> {
  if (items.length === 0) return []
  const { rows } = await tx.query<Change>(
    `with added as (
       insert into work_item (run_id, position, key, payload, weight, priority)
       select $1, item.*
       from unnest($2::smallint[], $3::text[], $4::jsonb[], $5::int[], $6::smallint[])
         as item (position, key, payload, weight, priority)
       order by position, key
       on conflict (run_id, position, key) do nothing
       returning position)
     select position, count(*)::int as total from added group by position`,
    [
      runId,
      items.map((item) => WORK[item.place].position),
      items.map((item) => item.key),
      items.map((item) => JSON.stringify(item.payload)),
      items.map((item) => item.weight ?? 1),
      items.map((item) => item.priority ?? priority),
    ],
  )
  return rows
}

/**
 * running → the outcome's state, together with the items that follow. Comes last in a handler's transaction.
 *
 * @param work items of the batch with their outcomes; with `isLast`, all its remaining items, and the batch
 * ends. `spent` is the time that these items took; null notes no times, which needs no other table than those of
 * the ledger.
 * @returns the stages that have new work.
 * @throws LeaseLostError if the caller no longer holds the batch; nothing is written then.
 */
export async function settle(
  tx: Queryable,
  batch: ClaimedBatch,
  work: { items: SettledItem[]; outcomes: Outcome[]; isLast: boolean; spent?: Spent | null },
): Promise<Set<StageName>> {
  const { items, outcomes } = work
  if (items.length !== outcomes.length)
    throw new Error(`A handler gave ${outcomes.length} outcomes for ${items.length} items`)
  const followUps = followUpsOf(work, () => true)
  for (const { place } of followUps) checkFollowUp(batch.place, place)
  const moves = outcomes.map((outcome, index) =>
    planMove(batch, items[index] as SettledItem, outcome),
  )
  const settled = await moveItems(tx, batch, { ...work, moves })
  const reopened = await reopenItems(
    tx,
    batch.runId,
    followUpsOf(work, ({ reread }) => reread),
  )
  const added = await insertItems(tx, batch.runId, followUps, batch.priority)
  await countChanges(tx, batch.runId, [...settled, ...reopened, ...added])
  const at = { runId: batch.runId, position: WORK[batch.place].position }
  await noteItems(tx, at, eventsOf(items, moves))
  if (work.spent !== null)
    await noteTimes(tx, timedWork(batch, items), batch.waited, work.spent ?? NO_TIME)
  const own = WORK[batch.place].stage
  const stages = followUps.map(({ place }) => WORK[place].stage)
  // An embedding batch with room to spare waits for the end of this one; see `batches.ts`.
  return new Set(own === 'embedding' ? [...stages, own] : stages)
}

const NO_TIME: Spent = { githubMs: 0, workingMs: 0 }

function timedWork({ runId, place, ...batch }: ClaimedBatch, items: SettledItem[]) {
  const share = items.length / (batch.items.length + batch.malformed.length)
  return { runId, place, payloads: items.map(({ payload }) => payload), share }
}

function followUpsOf(
  work: { items: SettledItem[]; outcomes: Outcome[] },
  wanted: (item: SettledItem) => boolean,
): NewItem[] {
  return work.outcomes.flatMap((outcome, index) =>
    'followUps' in outcome && wanted(work.items[index] as SettledItem)
      ? (outcome.followUps ?? [])
      : [],
  )
}

/**
 * Reopens existing items that have to be done again, with the fields of their current payload: marks running
 * items as dirty and moves settled ones back to pending.
 */
export async function reopenItems(
  tx: Queryable,
  runId: string,
  items: NewItem[],
): Promise<Change[]> {
  if (items.length === 0) return []
  const { rows } = await tx.query<{ position: number; state: string }>(
    `with old as (
       select w.id, w.position, w.state, k.payload::jsonb as payload,
         w.id in (select unnest(items) from batch where state = 'running') as running
       from unnest($2::smallint[], $3::text[], $4::text[]) k (position, key, payload)
         join work_item w on w.run_id = $1 and w.position = k.position and w.key = k.key
       order by w.id for update of w
     ), moved as (
       update work_item w
       set dirty = old.running, reread = true, payload = w.payload || old.payload,
         state = 'pending', settled_at = null,
         attempts = case when old.state = 'pending' then w.attempts else 0 end,
         reason = case when old.state = 'pending' then w.reason end,
         message = case when old.state = 'pending' then w.message end,
         detail = case when old.state = 'pending' then w.detail end, subject = null,
         not_before = case when old.state = 'pending' then w.not_before else clock_timestamp() end
       from old where w.id = old.id
     )
     select position, state from old where state <> 'pending'`,
    [
      runId,
      items.map((item) => WORK[item.place].position),
      items.map((item) => item.key),
      items.map((item) => JSON.stringify(item.payload)),
    ],
  )
  return rows.map(({ position, state }) => ({
    position,
    [state === 'gap' ? 'gaps' : state]: -1,
  }))
}

// A refresh arrived while the item was being read, so it is read once more, whatever the outcome.
const AGAIN = `(w.dirty and m.state <> 'pending')`

async function moveItems(
  tx: Queryable,
  batch: ClaimedBatch,
  { moves, ...work }: { items: SettledItem[]; moves: Move[]; isLast: boolean },
): Promise<Change[]> {
  const hold = work.isLast
    ? 'delete from batch'
    : 'update batch set items = array(select i from unnest(items) i where i <> all($2))'
  const { rows } = await tx.query<{ state: string }>(
    `with held as (
       ${hold} where id = $1 and until > clock_timestamp() returning id)
     update work_item w
     set state = case when ${AGAIN} then 'pending' else m.state end, dirty = false,
       reread = w.reread or ${AGAIN},
       attempts = case when ${AGAIN} then 0 else m.attempts end,
       weight = coalesce(m.weight, w.weight),
       reason = case when not ${AGAIN} then m.reason end,
       message = case when not ${AGAIN} then m.message end,
       subject = case when not ${AGAIN} then m.subject end,
       detail = case when not ${AGAIN} then m.detail end,
       snoozed_at = case when m.reason <> 'retrying' then clock_timestamp() end,
       not_before = coalesce(m.until, clock_timestamp() + case
         when m.reason = 'database' and w.reason = 'database' then
           least(greatest(2 * (w.not_before - w.snoozed_at), m.delay_ms * interval '1 millisecond'),
             interval '5 minutes')
         else m.delay_ms * interval '1 millisecond' end),
       settled_at = case when m.state <> 'pending' and not ${AGAIN} then clock_timestamp() end
     from held, unnest($2::bigint[], $3::text[], $4::int[], $5::timestamptz[], $6::int[],
         $7::text[], $8::text[], $9::text[], $10::int[], $11::text[])
       as m (id, state, attempts, until, delay_ms, reason, message, subject, weight, detail)
     where w.id = m.id and w.state is not distinct from 'pending'
     returning w.state`,
    [
      batch.id,
      work.items.map((item) => item.id),
      moves.map((move) => move.state),
      moves.map((move) => move.attempts),
      moves.map((move) => move.until ?? null),
      moves.map((move) => move.delayMs ?? 0),
      moves.map((move) => move.reason ?? null),
      moves.map((move) => storable(move.message)),
      moves.map((move) => storable(move.subject)),
      moves.map((move) => move.weight ?? null),
      moves.map((move) => storable(move.detail)),
    ],
  )
  if (rows.length !== work.items.length)
    throw new LeaseLostError(`The lease of batch ${batch.id} was lost`)
  const { position } = WORK[batch.place]
  return rows.map(({ state }) => ({
    position,
    ...(state === 'pending' ? {} : { [state === 'gap' ? 'gaps' : state]: 1 }),
  }))
}

/**
 * Makes a text storable: no secrets, no U+0000, and at most MAX_MESSAGE characters (it may be an HTML page).
 */
function storable(text: string | null | undefined): string | null {
  return text ? hideSecrets(text).replaceAll('\0', '').slice(0, MAX_MESSAGE) : null
}

/** Returns the moves that the log of the run tells, each with its item. */
function eventsOf(items: SettledItem[], moves: Move[]): ItemEvent[] {
  return moves.flatMap((move, index) => {
    const kind = eventOf(move)
    const { until = null, message, detail, subject } = move
    if (!kind) return []
    return {
      itemId: (items[index] as SettledItem).id,
      kind,
      message: storable(message),
      detail: storable(detail),
      subject: storable(subject),
      until,
    }
  })
}

function eventOf({ state, reason }: Move): ItemEvent['kind'] | null {
  if (state === 'failed' || state === 'gap') return state
  if (state !== 'pending' || !reason) return null
  return reason === 'retrying' ? 'retried' : 'waited'
}

interface Move {
  state: 'pending' | 'done' | 'failed' | 'gap' | 'cancelled'
  attempts: number
  until?: Date
  delayMs?: number
  reason?: string
  message?: string
  detail?: string | null
  subject?: string
  weight?: number
}

function planMove(
  { mostAttempts }: Pick<ClaimedBatch, 'mostAttempts'>,
  item: SettledItem,
  outcome: Outcome,
): Move {
  switch (outcome.state) {
    case 'snooze': {
      if (outcome.until === null) {
        const { until: _, ...waits } = outcome
        return { ...waits, state: 'pending', attempts: item.attempts }
      }
      const until = Number.isNaN(outcome.until.getTime()) ? undefined : outcome.until
      const delayMs = UNKNOWN_WAIT_MS
      return {
        ...outcome,
        state: 'pending',
        attempts: item.attempts,
        delayMs,
        ...(until && { until }),
      }
    }
    case 'again':
      return { ...outcome, state: 'pending', attempts: item.attempts }
    case 'retry': {
      const attempts = item.attempts + 1
      if (attempts >= mostAttempts) return { state: 'failed', attempts, message: outcome.message }
      const delayMs = backoffMs(attempts, Math.random())
      return { state: 'pending', attempts, delayMs, reason: 'retrying', message: outcome.message }
    }
    default:
      return { ...outcome, attempts: item.attempts }
  }
}

/** Returns 2 s × 2ⁿ ± 50 %, at most 5 min. @param chance random number from 0 to 1. */
export function backoffMs(attempts: number, chance: number): number {
  return Math.min(300_000, Math.round(2_000 * 2 ** (attempts - 1) * (0.5 + chance)))
}
