/**
 * Every call to GitHub goes through here. What an installation may ask is a row in Postgres, so all
 * processes share it; each call is one statement before and one after it.
 *
 * Nobody waits here for a limit to pass: the work item does, in the ledger (RateLimitedError).
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { RateLimitedError } from '../errors.server.ts'
import type { Logger } from '../logger.server.ts'
import { PRIORITY, type Priority } from '../queues/stages.ts'
import type { Limits } from './limits.ts'

export type Resource = 'graphql' | 'core'

export interface Caller {
  installationId: string
  priority: Priority
  signal?: AbortSignal
}

/** Nine tenths of what GitHub allows a minute. */
const CALLS_A_MINUTE: Record<Resource, number> = { graphql: 1_800, core: 810 }
/** The share of the hour that is kept for webhooks and people. */
const RESERVE = 0.1
const WARNING = 100
const LEASE_MS = 10_000
const RENEW_MS = 3_000
const SLOT_PATIENCE_MS = 2_000
const LOOK_AGAIN_MS = 50

export interface Governor {
  /**
   * Makes a call when GitHub allows it, and notes what its answer says of the limits.
   *
   * @throws RateLimitedError when the call is not allowed now; it was not made then.
   */
  call<T>(
    caller: Caller,
    resource: Resource,
    make: () => Promise<{ limits: Limits; value: T }>,
  ): Promise<T>
}

export function openGovernor(pool: pg.Pool, logger: Logger): Governor {
  async function call<T>(
    caller: Caller,
    resource: Resource,
    make: () => Promise<{ limits: Limits; value: T }>,
  ): Promise<T> {
    const slot = await takeSlot(pool, caller, resource)
    const renewing = setInterval(() => void renewSlot(pool, caller, resource, slot), RENEW_MS)
    try {
      const { limits, value } = await make()
      await noteAnswer(pool, { caller, resource, slot, limits }, logger)
      return value
    } catch (error) {
      await giveBack(pool, caller, resource, slot)
      throw error
    } finally {
      clearInterval(renewing)
    }
  }
  return { call }
}

async function takeSlot(pool: pg.Pool, caller: Caller, resource: Resource): Promise<string> {
  const slot = randomUUID()
  const deadline = Date.now() + SLOT_PATIENCE_MS
  for (;;) {
    caller.signal?.throwIfAborted()
    if (await tryToTake(pool, caller, resource, slot)) return slot
    const refusal = await explainRefusal(pool, caller, resource)
    if (refusal) throw refusal
    if (Date.now() > deadline)
      throw new RateLimitedError(
        'Waits for another call of this installation to end',
        new Date(Date.now() + 1_000),
      )
    await sleep(LOOK_AGAIN_MS * (0.5 + Math.random()))
  }
}

const LIVE = `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(b.slots)
  where (value #>> '{}')::timestamptz > clock_timestamp())`
const IN_MINUTE = `b.minute > clock_timestamp() - interval '1 minute'`
const IN_WINDOW = `b.reset_at > clock_timestamp()`
const SLOTS = `(select case when jsonb_typeof(i.settings -> 'extraction_slots') = 'number'
  then greatest(1, (i.settings ->> 'extraction_slots')::numeric) else 1 end
  from installation i where i.id = b.installation_id)`

function reserveOf({ priority }: Caller): number {
  return priority <= PRIORITY.person ? 0 : RESERVE
}

/** All conditions are of the row itself: of two processes the second looks at what the first wrote. */
async function tryToTake(
  pool: pg.Pool,
  caller: Caller,
  resource: Resource,
  slot: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update github_budget b
     set slots = ${LIVE} || jsonb_build_object($3::text,
         clock_timestamp() + $4 * interval '1 millisecond'),
       minute = case when ${IN_MINUTE} then b.minute else clock_timestamp() end,
       calls = case when ${IN_MINUTE} then b.calls + 1 else 1 end
     where b.installation_id = $1 and b.resource = $2
       and coalesce(b.paused_until <= clock_timestamp(), true)
       and not coalesce(${IN_WINDOW} and b.remaining <= b.points * $5::float8, false)
       and not coalesce(${IN_MINUTE} and b.calls >= $6, false)
       and (select count(*) from jsonb_object_keys(${LIVE})) < ${SLOTS}`,
    [caller.installationId, resource, slot, LEASE_MS, reserveOf(caller), CALLS_A_MINUTE[resource]],
  )
  return rowCount === 1
}

interface Refusal {
  paused_until: Date | null
  pause_reason: string | null
  spent: boolean
  reset_at: Date | null
  crowded: boolean
  minute_ends: Date | null
}

/** @returns null when nothing but other calls is in the way. */
async function explainRefusal(
  pool: pg.Pool,
  caller: Caller,
  resource: Resource,
): Promise<RateLimitedError | null> {
  const { rows } = await pool.query<Refusal>(
    `select case when b.paused_until > clock_timestamp() then b.paused_until end as paused_until,
       b.pause_reason, coalesce(${IN_WINDOW} and b.remaining <= b.points * $3::float8, false) as spent,
       b.reset_at, coalesce(${IN_MINUTE} and b.calls >= $4, false) as crowded,
       b.minute + interval '1 minute' as minute_ends
     from github_budget b where b.installation_id = $1 and b.resource = $2`,
    [caller.installationId, resource, reserveOf(caller), CALLS_A_MINUTE[resource]],
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
  if (row.paused_until)
    return new RateLimitedError(row.pause_reason ?? 'GitHub asked to pause', row.paused_until)
  const what = resource === 'graphql' ? 'GraphQL points' : 'REST calls'
  if (row.spent)
    return new RateLimitedError(`GitHub's budget of ${what} is used up`, row.reset_at as Date)
  if (row.crowded)
    return new RateLimitedError(`Enough ${what} for this minute`, row.minute_ends as Date)
  return null
}

async function renewSlot(
  pool: pg.Pool,
  caller: Caller,
  resource: Resource,
  slot: string,
): Promise<void> {
  await pool
    .query(
      `update github_budget set slots = slots || jsonb_build_object($3::text,
         clock_timestamp() + $4 * interval '1 millisecond')
       where installation_id = $1 and resource = $2 and slots ? $3`,
      [caller.installationId, resource, slot, LEASE_MS],
    )
    // The next renewal tries again, and the lease outlives two that fail.
    .catch(() => {})
}

/** After a call without an answer. */
async function giveBack(
  pool: pg.Pool,
  caller: Caller,
  resource: Resource,
  slot: string,
): Promise<void> {
  await pool.query(
    'update github_budget set slots = slots - $3 where installation_id = $1 and resource = $2',
    [caller.installationId, resource, slot],
  )
}

interface Answered {
  caller: Caller
  resource: Resource
  slot: string
  limits: Limits
}

/**
 * The budget as GitHub tells it, and a pause that it asks for: of a secondary limit for all resources,
 * at least a minute, and longer each time in a row where GitHub does not say how long.
 */
async function noteAnswer(
  pool: pg.Pool,
  { caller, resource, slot, limits }: Answered,
  logger: Logger,
): Promise<void> {
  const { rows } = await pool.query<{ warns: boolean; remaining: number; reset_at: Date }>(
    `update github_budget b
     set slots = case when b.resource = $2 then b.slots - $3 else b.slots end,
       points = case when b.resource = $4::text then coalesce($5::int, b.points) else b.points end,
       remaining = case when b.resource <> $4 or $6::int is null then b.remaining
         when told.reset_at < b.reset_at + interval '5 seconds' then least(b.remaining, $6::int)
         else $6::int end,
       reset_at = case when b.resource = $4::text then coalesce(told.reset_at, b.reset_at)
         else b.reset_at end,
       strikes = case when $8::boolean then least(b.strikes + 1, 5) when b.resource = $2 then 0 else b.strikes end,
       paused_until = case when $8::boolean then greatest(b.paused_until, clock_timestamp()
         + coalesce($9::float8, 60 * 2 ^ b.strikes) * interval '1 second') else b.paused_until end,
       pause_reason = case when $8::boolean then $10::text else b.pause_reason end,
       warned_for = case when b.resource = $4::text and $6::int < greatest($11::float8, $5::int * $12::float8)
         then told.reset_at else b.warned_for end
     from (select clock_timestamp() + $7::float8 * interval '1 second' as reset_at) told, github_budget old
     where b.installation_id = $1 and (b.resource in ($2, $4) or $8::boolean)
       and old.installation_id = b.installation_id and old.resource = b.resource
     returning b.remaining, b.reset_at, b.resource = $4::text and b.warned_for is not null
       and coalesce(old.warned_for < b.warned_for - interval '1 minute', true)
       and $6::int < greatest($11::float8, $5::int * $12::float8) as warns`,
    [
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
    ],
  )
  const low = rows.find((row) => row.warns)
  if (low)
    logger.warn(
      {
        installation: caller.installationId,
        resource,
        remaining: low.remaining,
        until: low.reset_at,
      },
      "GitHub's budget of this installation is nearly used up",
    )
}
