/**
 * Every call to GitHub goes through the governor. The limits of an installation are a row in PostgreSQL, so
 * all processes share them; each call takes one statement before it and one after it.
 *
 * The governor never waits for a limit to pass: the work item waits in the ledger (RateLimitedError).
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isUrgent, type Priority } from '#app/queues/stages.ts'
import { BUDGET_RESERVED, BUDGET_SPENT } from './errors.ts'
import type { AnswerLimits } from './limits.ts'

export type Resource = 'graphql' | 'core'

export interface Caller {
  installationId: string
  priority: Priority
  signal?: AbortSignal
}

/** Nine tenths of what GitHub allows per minute. */
const CALLS_A_MINUTE: Record<Resource, number> = { graphql: 1_800, core: 810 }
/**
 * Half of the calls may be made at once, and the other half is refilled in the course of a minute, so that no
 * 60-second period has more calls than the limit.
 */
const AT_ONCE = 0.5
/** The share of the hourly budget that is reserved for people. */
const RESERVE = 0.1
const WARNING = 100
const LEASE_MS = 10_000
const RENEW_MS = 3_000
const SLOT_PATIENCE_MS = 2_000
const POLL_MS = 50
/** A limit that GitHub reported must not be lost to a brief failure of the database. */
const NOTING_ATTEMPTS = 4
const NOTE_AGAIN_MS = 250

export interface Governor {
  /**
   * Makes a call if the limits allow it, and records the limits that its answer reports. `until` is the time
   * when the limit that it met will have passed, by the database's clock.
   *
   * @throws RateLimitedError if the call is not allowed now; the call was not made then.
   */
  call<T>(
    caller: Caller,
    resource: Resource,
    make: () => Promise<{ limits: AnswerLimits; value: T }>,
  ): Promise<{ value: T; until: Date | null }>
}

export interface GovernorOptions {
  pool: Pool
  logger: Logger
  /** Maximum number of calls per minute; lowered by tests. */
  callsAMinute?: Record<Resource, number>
}

export function openGovernor({
  pool,
  logger,
  callsAMinute = CALLS_A_MINUTE,
}: GovernorOptions): Governor {
  async function call<T>(
    caller: Caller,
    resource: Resource,
    make: () => Promise<{ limits: AnswerLimits; value: T }>,
  ) {
    const slot = await takeSlot(pool, { caller, resource, aMinute: callsAMinute[resource] })
    const renewing = setInterval(() => void renewSlot(pool, caller, resource, slot), RENEW_MS)
    try {
      const { limits, value } = await make().catch(async (error: unknown) => {
        await giveBack(pool, caller, resource, slot)
        throw error
      })
      const until = await noteSurely(pool, { caller, resource, slot, limits }, logger)
      return { value, until }
    } finally {
      clearInterval(renewing)
    }
  }
  return { call }
}

interface SlotRequest {
  caller: Caller
  resource: Resource
  aMinute: number
}

async function takeSlot(pool: Pool, request: SlotRequest): Promise<string> {
  const slot = randomUUID()
  const { signal } = request.caller
  const deadline = Date.now() + SLOT_PATIENCE_MS
  for (;;) {
    signal?.throwIfAborted()
    if (await tryToTake(pool, request, slot)) return slot
    const refusal = await explainRefusal(pool, request)
    if (refusal) throw refusal
    if (Date.now() > deadline)
      throw new RateLimitedError(
        'waiting for other calls of this installation to end',
        new Date(Date.now() + 1_000),
      )
    await sleep(POLL_MS * (0.5 + Math.random()), undefined, { signal })
  }
}

const LIVE = `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(b.slots)
  where (value #>> '{}')::timestamptz > clock_timestamp())`
/** Calls refilled since `minute`; $6 is the number refilled per second. */
const BACK = `least(b.calls, floor(extract(epoch from clock_timestamp()
  - coalesce(b.minute, clock_timestamp())) * $6::float8))::int`
const IN_WINDOW = `b.reset_at > clock_timestamp()`
const SLOTS = `(select case when jsonb_typeof(i.settings -> 'extraction_slots') = 'number'
  then greatest(1, (i.settings ->> 'extraction_slots')::numeric) else 1 end
  from installation i where i.id = b.installation_id)`

function reserveOf({ priority }: Caller): number {
  return isUrgent(priority) ? 0 : RESERVE
}

/**
 * Tries to take a slot. All conditions concern the updated row itself, so of two concurrent processes the
 * second sees what the first wrote.
 */
async function tryToTake(pool: Pool, request: SlotRequest, slot: string): Promise<boolean> {
  const { caller, resource, aMinute } = request
  const { rowCount } = await pool.query(
    `update github_budget b
     set slots = ${LIVE} || jsonb_build_object($3::text,
         clock_timestamp() + $4::float8 * interval '1 millisecond'),
       minute = case when b.calls > ${BACK}
         then b.minute + ${BACK} / $6::float8 * interval '1 second' else clock_timestamp() end,
       calls = b.calls - ${BACK} + 1
     where b.installation_id = $1 and b.resource = $2
       and coalesce(b.paused_until <= clock_timestamp(), true)
       and not coalesce(${IN_WINDOW} and b.remaining <= b.points * $5::float8, false)
       and b.calls - ${BACK} < $7::float8
       and (select count(*) from jsonb_object_keys(${LIVE})) < ${SLOTS}`,
    [
      caller.installationId,
      resource,
      slot,
      LEASE_MS,
      reserveOf(caller),
      (aMinute * (1 - AT_ONCE)) / 60,
      aMinute * AT_ONCE,
    ],
  )
  return rowCount === 1
}

interface SlotRefusal {
  pausedUntil: Date | null
  pauseReason: string | null
  pauseDetail: string | null
  spent: boolean
  kept: boolean
  resetAt: Date | null
}

/** @returns null if only other calls are in the way. */
async function explainRefusal(
  pool: Pool,
  { caller, resource }: SlotRequest,
): Promise<RateLimitedError | null> {
  const { rows } = await pool.query<SlotRefusal>(
    `select case when b.paused_until > clock_timestamp() then b.paused_until end as paused_until,
       b.pause_reason, b.pause_detail, coalesce(${IN_WINDOW} and b.remaining <= b.points * $3::float8, false) as spent,
       b.remaining > 0 as kept, b.reset_at
     from github_budget b where b.installation_id = $1 and b.resource = $2`,
    [caller.installationId, resource, reserveOf(caller)],
  )
  const [row] = rows
  if (!row) {
    await pool.query(
      `insert into github_budget (installation_id, resource) select id, unnest(array['graphql', 'core'])
       from installation where id = $1 on conflict do nothing`,
      [caller.installationId],
    )
    return null
  }
  if (row.pausedUntil)
    return new RateLimitedError(row.pauseReason ?? 'GitHub asked for a pause', row.pausedUntil, {
      detail: row.pauseDetail,
    })
  if (row.spent)
    return new RateLimitedError(row.kept ? BUDGET_RESERVED : BUDGET_SPENT, row.resetAt as Date)
  return null
}

async function renewSlot(
  pool: Pool,
  caller: Caller,
  resource: Resource,
  slot: string,
): Promise<void> {
  await pool
    .query(
      `update github_budget set slots = slots || jsonb_build_object($3::text,
         clock_timestamp() + $4::float8 * interval '1 millisecond')
       where installation_id = $1 and resource = $2 and slots ? $3::text`,
      [caller.installationId, resource, slot, LEASE_MS],
    )
    // The next renewal is the retry; the lease survives two failed ones.
    .catch(() => {})
}

/** Releases the slot of a call that got no answer. */
async function giveBack(
  pool: Pool,
  caller: Caller,
  resource: Resource,
  slot: string,
): Promise<void> {
  await pool.query(
    'update github_budget set slots = slots - $3::text where installation_id = $1 and resource = $2',
    [caller.installationId, resource, slot],
  )
}

interface Answered {
  caller: Caller
  resource: Resource
  slot: string
  limits: AnswerLimits
}

async function noteSurely(pool: Pool, answered: Answered, logger: Logger): Promise<Date | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await noteAnswer(pool, answered, logger)
    } catch (error) {
      if (attempt === NOTING_ATTEMPTS) throw error
      await sleep(NOTE_AGAIN_MS)
    }
  }
}

interface Noted {
  warns: boolean
  remaining: number | null
  resetAt: Date | null
  pausedUntil: Date | null
  wasAsked: boolean
}

// The rows are locked before they are read, so that answers at the same time do not count the same points.
const NOTE = `with old as materialized (
    select * from github_budget
    where installation_id = $1 and (resource in ($2, $4) or $8::boolean)
    order by resource for no key update
  ), noted as (
    update github_budget b
    set slots = case when b.resource = $2 then b.slots - $3::text else b.slots end,
      points = case when b.resource = $4::text then coalesce($5::int, b.points) else b.points end,
      remaining = case when b.resource <> $4::text or $6::int is null then b.remaining
        when told.reset_at < b.reset_at + interval '5 seconds' then least(b.remaining, $6)
        else $6 end,
      reset_at = case when b.resource = $4::text then coalesce(told.reset_at, b.reset_at)
        else b.reset_at end,
      strikes = case when $8::boolean then least(b.strikes + 1, 5) when b.resource = $2 then 0 else b.strikes end,
      paused_until = case when $8::boolean then greatest(b.paused_until, clock_timestamp()
        + coalesce($9::float8, 60 * 2 ^ b.strikes) * interval '1 second') else b.paused_until end,
      pause_reason = case when $8::boolean then $10::text else b.pause_reason end,
      pause_detail = case when $8::boolean then $13::text else b.pause_detail end,
      warned_for = case when b.resource = $4::text and $6 < greatest($11::int, $5::int * $12::float8)
        then told.reset_at else b.warned_for end
    from (select clock_timestamp() + $7::float8 * interval '1 second' as reset_at) told, old
    where b.installation_id = old.installation_id and b.resource = old.resource
    returning b.remaining, b.reset_at, b.paused_until, b.resource = $2 as was_asked,
      b.resource = $4::text and b.warned_for is not null
      and coalesce(old.warned_for < b.warned_for - interval '1 minute', true)
      and $6 < greatest($11::int, $5::int * $12::float8) as warns,
      case when b.resource <> $4::text or b.resource <> 'graphql' then 0
        when told.reset_at < old.reset_at + interval '5 seconds' then old.remaining - b.remaining
        else b.points - b.remaining end as used
  ), summed as (
    insert into hourly_sum as h (installation_id, hour, points)
    select $1, date_trunc('hour', clock_timestamp(), 'UTC'), sum(used) from noted having sum(used) > 0
    on conflict (installation_id, hour) do update set points = h.points + excluded.points
  )
  select remaining, reset_at, paused_until, was_asked, warns from noted`

/**
 * Records the budget that GitHub reports, the points used since the last answer, and a pause that it asks for.
 * The pause of a secondary limit applies to all resources and, if GitHub gives no duration, lasts at least a
 * minute and longer each time in a row.
 */
async function noteAnswer(
  pool: Pool,
  { caller, resource, slot, limits }: Answered,
  logger: Logger,
): Promise<Date | null> {
  const { rows } = await pool.query<Noted>(NOTE, [
    caller.installationId,
    resource,
    slot,
    limits.resource ?? resource,
    limits.limit,
    limits.remaining,
    limits.secondsLeft,
    limits.pause !== null,
    limits.pause?.seconds ?? null,
    limits.pause?.reason ?? null,
    WARNING,
    RESERVE,
    limits.pause?.detail ?? null,
  ])
  const low = rows.find((row) => row.warns)
  if (low)
    logger.warn(
      {
        installation: caller.installationId,
        resource,
        remaining: low.remaining,
        until: low.resetAt,
      },
      'the GitHub rate limit of this installation is nearly used up',
    )
  const own = rows.find((row) => row.wasAsked)
  return (limits.pause ? own?.pausedUntil : own?.resetAt) ?? null
}
