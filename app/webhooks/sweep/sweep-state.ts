/**
 * The state of the sweep: one row. The process that holds its lease sweeps; whatever it has not settled when it
 * dies, the next one does.
 */
import { LeaseLostError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export interface ClaimedSweep {
  lease: number
  createdAt: Date
  /** By GitHub's clock: every failed delivery until then is settled. */
  settledUntil: Date | null
  succeededAt: Date | null
  probingReason: string | null
}

const LEASE_SECONDS = 60

/** Claims the sweep. @returns null if it is not due, or another process holds it. */
export async function claimSweep(db: Queryable): Promise<ClaimedSweep | null> {
  const { rows } = await db.query<ClaimedSweep>(
    `insert into hook_sweep as s (lease, lease_until)
     values (1, clock_timestamp() + $1 * interval '1 second')
     on conflict (id) do update set lease = s.lease + 1, lease_until = excluded.lease_until
       where s.next_at <= clock_timestamp()
         and (s.lease_until is null or s.lease_until <= clock_timestamp())
     returning s.lease, s.created_at, s.settled_until, s.succeeded_at, s.probing_reason`,
    [LEASE_SECONDS],
  )
  return rows[0] ?? null
}

/** @throws LeaseLostError if another process has claimed the sweep since. */
export async function renewSweep(db: Queryable, lease: number): Promise<void> {
  const { rowCount } = await db.query(
    `update hook_sweep set lease_until = clock_timestamp() + $2 * interval '1 second' where lease = $1`,
    [lease, LEASE_SECONDS],
  )
  if (rowCount === 0) throw new LeaseLostError('The lease of the sweep was lost')
}

export interface SweepEnd {
  /** Seconds until the next sweep. */
  seconds: number
  hookUrl: string | null
  settledUntil: Date | null
  /** GitHub may have dropped deliveries between the two. */
  lost: { from: Date; until: Date } | null
  probingReason: string | null
}

/** Ends a sweep that settled everything. */
export async function endSweep(db: Queryable, lease: number, end: SweepEnd): Promise<void> {
  const { seconds, hookUrl, settledUntil, lost, probingReason } = end
  await db.query(
    `update hook_sweep set lease_until = null, error = null, succeeded_at = clock_timestamp(),
       next_at = clock_timestamp() + $2 * interval '1 second', settled_until = $3,
       lost_from = coalesce($4, lost_from), lost_until = coalesce($5, lost_until),
       probing_reason = $6, hook_url = $7, hook_read_at = clock_timestamp()
     where lease = $1`,
    [
      ...[lease, seconds, settledUntil, lost?.from ?? null, lost?.until ?? null],
      ...[probingReason, hookUrl],
    ],
  )
}

/** Ends a sweep that failed. What it has settled stays settled; the next one begins with the newest again. */
export async function failSweep(
  db: Queryable,
  lease: number,
  failed: { error: string; seconds: number; probingReason: string | null },
): Promise<void> {
  await db.query(
    `update hook_sweep set lease_until = null, error = $2, probing_reason = coalesce($4, probing_reason),
       next_at = clock_timestamp() + $3 * interval '1 second' where lease = $1`,
    [lease, failed.error, failed.seconds, failed.probingReason],
  )
}

/** Makes the next sweep due: at boot, after an outage, or because a person asks for it. */
export async function hastenSweep(db: Queryable): Promise<void> {
  await db.query(
    `update hook_sweep set next_at = clock_timestamp() where next_at > clock_timestamp()`,
  )
}

/** Claims the turn to ask for the repositories again. @returns false if that was done lately. */
export async function claimProbe(db: Queryable, everySeconds: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update hook_sweep set probed_at = clock_timestamp()
     where probing_reason is not null
       and (probed_at is null or probed_at <= clock_timestamp() - $1 * interval '1 second')`,
    [everySeconds],
  )
  return rowCount > 0
}
