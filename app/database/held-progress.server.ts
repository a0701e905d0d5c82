import { randomUUID } from 'node:crypto'
import type { Queryable } from './pool.server.ts'

// Longer than any step between two notes, including a request to a provider with its retries.
const LEASE_SECONDS = 120

/** Progress of a long task that one process owns. */
export interface HeldProgress<T> {
  key: string
  holder: string
  value: T
}

/**
 * Leases the row of `setting` that stores the progress of a long task, so that only one process at a time
 * continues it. The lease lasts until it expires; each note extends it.
 *
 * @returns null if there is no such row or another process holds the lease.
 */
export async function holdProgress<T>(db: Queryable, key: string): Promise<HeldProgress<T> | null> {
  const holder = randomUUID()
  const { rows } = await db.query<{ value: T }>(
    `update setting
     set value = value || jsonb_build_object('holder', $2::text,
       'until', clock_timestamp() + $3 * interval '1 second')
     where key = $1
       and coalesce((value ->> 'until')::timestamptz, '-infinity') < clock_timestamp()
     returning value`,
    [key, holder, LEASE_SECONDS],
  )
  return rows[0] ? { key, holder, value: rows[0].value } : null
}

/**
 * Stores the progress and extends the lease. @returns false, without writing, if another process now holds
 * it.
 */
export async function noteProgress<T>(
  db: Queryable,
  { key, holder }: HeldProgress<T>,
  changes: Partial<T>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update setting
     set value = value || $3::jsonb
       || jsonb_build_object('until', clock_timestamp() + $4 * interval '1 second')
     where key = $1 and value ->> 'holder' = $2`,
    [key, holder, JSON.stringify(changes), LEASE_SECONDS],
  )
  return rowCount === 1
}

/** Releases the lease, so that the next process can take it immediately. */
export async function releaseProgress<T>(
  db: Queryable,
  { key, holder }: HeldProgress<T>,
  changes: Partial<T> = {},
): Promise<void> {
  await db.query(
    `update setting set value = (value - 'holder' - 'until') || $3::jsonb
     where key = $1 and value ->> 'holder' = $2`,
    [key, holder, JSON.stringify(changes)],
  )
}
