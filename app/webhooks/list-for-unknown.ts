import type { Pool, Queryable } from '#app/database/pool.server.ts'
import type { ClaimedDelivery } from './claim.ts'

/** GitHub is asked for the installations because of an unknown one at most once in this time. */
export const ASK_SECONDS = 60

/** GitHub was asked for the installations lately, but before the delivery: it waits for the next answer. */
export class AskedLatelyError extends Error {
  override name = 'AskedLatelyError'
}

/**
 * Asks GitHub for the installations because of deliveries from one that is not known. An answer that is newer than
 * the deliveries is enough.
 *
 * @throws AskedLatelyError
 */
export async function listForUnknown(
  pool: Pool,
  group: ClaimedDelivery[],
  listInstallations: () => Promise<void>,
): Promise<void> {
  const newest = Math.max(...group.map(({ receivedAt }) => receivedAt.getTime()))
  const listedAt = await readListing(pool)
  if (listedAt && listedAt.getTime() > newest) return
  const askedAt = await claimListing(pool)
  if (!askedAt) throw new AskedLatelyError('GitHub was asked for the installations lately')
  await listInstallations()
  await pool.query('update hook_sweep set installations_listed_at = $1', [askedAt])
}

async function readListing(db: Queryable): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    'select installations_listed_at as at from hook_sweep',
  )
  return rows[0]?.at ?? null
}

/** Claims the turn to ask. @returns the time of it; null if that was done lately. */
async function claimListing(db: Queryable): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    `insert into hook_sweep as s (installations_asked_at) values (clock_timestamp())
     on conflict (id) do update set installations_asked_at = excluded.installations_asked_at
       where s.installations_asked_at is null
         or s.installations_asked_at <= clock_timestamp() - $1 * interval '1 second'
     returning installations_asked_at as at`,
    [ASK_SECONDS],
  )
  return rows[0]?.at ?? null
}
