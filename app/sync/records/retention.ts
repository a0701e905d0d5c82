/** Retention of raw records: those from which `replay` rebuilds the tables are kept. */

const BATCH = 200

/** Deletes the records of earlier snapshots of the same pull requests. */
export async function dropOlderRecords(tx: Queryable, snapshotIds: string[]): Promise<void> {
  if (snapshotIds.length === 0) return
  await tx.query(
    `delete from raw_record where snapshot_id in (
       select o.id from snapshot s join snapshot o on o.node_id = s.node_id
       where s.id = any($1::bigint[]) and o.started_at < s.started_at)`,
    [snapshotIds],
  )
}

// If GitHub did not return a list completely, rows that only an earlier snapshot had are kept, and so are the
// records of that snapshot. A snapshot that ended incomplete is of no use once a later one is complete.
const OUTDATED = `s.state <> 'open' and exists (
  select from snapshot l join pull_request p on p.node_id = l.node_id
  where l.node_id = s.node_id and l.state = 'complete' and l.started_at > s.started_at
    and (s.state <> 'complete' or not exists (
      select from (
        select read_at from pull_request_commit where pull_request_id = p.id
        union all select read_at from review where pull_request_id = p.id
        union all select read_at from review_thread where pull_request_id = p.id
        union all select read_at from review_comment where pull_request_id = p.id
        union all select read_at from comment where pull_request_id = p.id) kept
      where kept.read_at < date_trunc('milliseconds', l.started_at))))`

// Of each repository, only the latest record is needed.
const OLD_REPOSITORIES = `r.kind = 'repository' and exists (select from raw_record l
  where l.repository_id = r.repository_id and l.snapshot_id is null and l.kind = 'repository'
    and (l.read_at, l.id) > (r.read_at, r.id))`

const OUTDATED_IDS = `select r.id from snapshot s join raw_record r on r.snapshot_id = s.id where ${OUTDATED}
  union all select r.id from raw_record r where r.snapshot_id is null and ${OLD_REPOSITORIES}`

/** Deletes, in batches, the records of ended runs that were requested without a cache. */
export async function deleteUncachedRecords(pool: Pool, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from raw_record where id in (
         select c.id from raw_record c join snapshot s on s.id = c.snapshot_id
           join run r on r.id = s.run_id
         where r.request @> '{"cache": false}'
           and r.state in ('finished', 'finished_with_gaps', 'cancelled') limit $1)`,
      [BATCH],
    )
    if (rowCount < BATCH) return
  }
}

/**
 * Deletes, in batches, raw records that a later complete snapshot made obsolete.
 *
 * @returns the number of deleted records.
 */
export async function deleteOutdatedRecords(pool: Pool, signal?: AbortSignal): Promise<number> {
  let deleted = 0
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from raw_record where id in (select id from (${OUTDATED_IDS}) o limit $1)`,
      [BATCH],
    )
    deleted += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH) return deleted
  }
}

export async function countOutdatedRecords(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ found: number }>(
    `select count(*)::int as found from (${OUTDATED_IDS}) o`,
  )
  return rows[0]?.found ?? 0
}

import type { Pool, Queryable } from '#app/database/pool.server.ts'
