import { randomUUID } from 'node:crypto'
import type { Queryable } from './pool.server.ts'

// Longer than any step between two notes may take, a request to a provider with its retries included.
const LEASE_SECONDS = 120

/** How far a long task came, in the hands of one process. */
export interface HeldProgress<T> {
  key: string
  holder: string
  value: T
}

/**
 * Takes the row of `setting` in which a long task notes how far it came, so that one process at a time
 * goes on with it: until its time runs out, or is put off by a note.
 *
 * @returns null when there is no such row, or another process holds it.
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

/** @returns false when another process holds it by now: nothing was noted. */
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

/** Lets the next process have it at once. */
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
