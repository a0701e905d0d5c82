/** Sums per installation and hour. The points are added where GitHub's answers are noted. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'

/** How long the sums are kept. */
const KEPT = '400 days'

/**
 * Adds what the transform wrote to the sums of this hour.
 *
 * @param repositoryId one of the repositories that were written; all of them are of one installation.
 */
export async function addWritten(
  tx: Queryable,
  repositoryId: string,
  { rows, passages }: { rows: number; passages: number },
): Promise<void> {
  await tx.query(
    `insert into hourly_sum as h (installation_id, hour, rows, passages)
     select installation_id, date_trunc('hour', clock_timestamp(), 'UTC'), $2::int, $3::int
     from repository where id = $1
     on conflict (installation_id, hour) do update
     set rows = h.rows + excluded.rows, passages = h.passages + excluded.passages`,
    [repositoryId, rows, passages],
  )
}

/** Deletes old sums: those of a day at a time, because it is called once a day. */
export async function deleteOldSums(pool: Pool): Promise<void> {
  await pool.query(`delete from hourly_sum where hour < now() - interval '${KEPT}'`)
}
