/** Which raw records are kept: those that `replay` rebuilds the tables from. */

const BATCH = 200

/** Drops the records of all snapshots that started before these, of the same pull requests. */
export async function dropOlderRecords(tx: Queryable, snapshotIds: string[]): Promise<void> {
  if (snapshotIds.length === 0) return
  await tx.query(
    `delete from raw_record where snapshot_id in (
       select o.id from snapshot s join snapshot o on o.node_id = s.node_id
       where s.id = any($1::bigint[]) and o.started_at < s.started_at)`,
    [snapshotIds],
  )
}

// Rows that only an earlier snapshot had are kept where GitHub would not give their list whole: then so
// are its records. One that ended without being complete is of no use once a later one was complete.
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

// Of a repository the latest is enough.
const OLD_REPOSITORIES = `r.kind = 'repository' and exists (select from raw_record l
  where l.repository_id = r.repository_id and l.snapshot_id is null and l.kind = 'repository'
    and (l.read_at, l.id) > (r.read_at, r.id))`

const OUTDATED_IDS = `select r.id from snapshot s join raw_record r on r.snapshot_id = s.id where ${OUTDATED}
  union all select r.id from raw_record r where r.snapshot_id is null and ${OLD_REPOSITORIES}`

/** Deletes what runs that were asked to keep nothing have left, once they ended. */
export async function deleteUncachedRecords(pool: Pool): Promise<void> {
  await pool.query(
    `delete from raw_record using snapshot s, run r
     where raw_record.snapshot_id = s.id and r.id = s.run_id and r.request @> '{"cache": false}'
       and r.state in ('finished', 'finished_with_gaps', 'cancelled')`,
  )
}

/** Deletes, in batches, the raw records that a later complete reading has made useless. @returns how many. */
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
