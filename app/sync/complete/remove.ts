/**
 * Removal of what is gone from GitHub, on a positive sign. What was said is erased at once, with its
 * passages, vectors and raw records; that it was there is kept: ids, kinds and times.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { deleteUnheld } from '../tables/commits.ts'
import { noteChanges } from '../tables/passages.ts'
import { changeParts } from '../window/readings.ts'

/** @param nodeIds of pull requests; those that are not known are passed over. */
export async function removePullRequests(tx: Queryable, nodeIds: string[]): Promise<void> {
  if (nodeIds.length === 0) return
  await endReadings(tx, nodeIds)
  const { rows } = await tx.query<{ id: string }>(
    'select id from pull_request where node_id = any($1::text[]) order by node_id for no key update',
    [nodeIds],
  )
  const ids = rows.map((row) => row.id)
  await eraseLists(tx, ids)
  await tx.query(
    `update pull_request
     set title = '', body = '', author_id = null, merged_by_id = null, merge_commit = null,
       base_ref_name = '', base_ref_oid = '', head_ref_name = '', head_ref_oid = '',
       head_repository = null, labels = '{}', assignee_ids = '{}', milestone = null,
       closing_issues = '[]', review_decision = null, rollup_state = null, completeness = '{}',
       is_complete = false, checked_at = null, read_at = clock_timestamp(),
       deleted_at = coalesce(deleted_at, clock_timestamp())
     where id = any($1::bigint[])`,
    [ids],
  )
  await tx.query(
    `insert into tombstone (kind, node_id, repository_id, created_at)
     select 'pull_request', node_id, repository_id, created_at from pull_request
     where id = any($1::bigint[]) on conflict (kind, node_id) do nothing`,
    [ids],
  )
  await tx.query(`delete from gap where kind = 'pull_request' and node_id = any($1::text[])`, [
    nodeIds,
  ])
}

/** Open snapshots of them end without effect, and no record of any is left to be read again. */
async function endReadings(tx: Queryable, nodeIds: string[]): Promise<void> {
  const { rows } = await tx.query<{ id: string; readingId: string | null }>(
    `with held as (
       select id from snapshot where node_id = any($1::text[]) and state = 'open' order by id for no key update
     )
     update snapshot s set state = 'superseded', ended_at = clock_timestamp()
     from held where s.id = held.id and s.state = 'open' returning s.id, s.reading_id`,
    [nodeIds],
  )
  await tx.query(
    `delete from raw_record where snapshot_id in (
       select id from snapshot where node_id = any($1::text[]))`,
    [nodeIds],
  )
  await changeParts(
    tx,
    rows.flatMap((row) => (row.readingId ? { readingId: row.readingId, parts: -1 } : [])),
  )
}

async function eraseLists(tx: Queryable, ids: string[]): Promise<void> {
  for (const table of ['review', 'review_thread', 'review_comment', 'comment']) {
    const createdAt = table === 'review_thread' ? 'null::timestamptz' : 'created_at'
    await tx.query(
      `with gone as (
         delete from ${table} where pull_request_id = any($1::bigint[])
         returning node_id, repository_id, ${createdAt} as created_at
       )
       insert into tombstone (kind, node_id, repository_id, created_at)
       select '${table}', node_id, repository_id, created_at from gone
       on conflict (kind, node_id) do nothing`,
      [ids],
    )
  }
  const { rows: passages } = await tx.query<{ repositoryId: string }>(
    `delete from passage where pull_request_id = any($1::bigint[])
     returning repository_id`,
    [ids],
  )
  await noteChanges(
    tx,
    passages.map((row) => row.repositoryId),
  )
  const { rows } = await tx.query<{ repositoryId: string; oid: string }>(
    `delete from pull_request_commit c using pull_request p
     where c.pull_request_id = any($1::bigint[]) and p.id = c.pull_request_id
     returning p.repository_id, c.oid`,
    [ids],
  )
  await deleteUnheld(tx, rows)
}

/**
 * Removes repositories with all that is in them; of each a tombstone stays, as of its pull requests.
 *
 * @param ids of repositories, not node ids.
 */
export async function removeRepositories(tx: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `insert into tombstone (kind, node_id, repository_id, created_at)
     select 'repository', node_id, id, created_at from repository where id = any($1::bigint[])
     union all select 'pull_request', node_id, repository_id, created_at from pull_request
       where repository_id = any($1::bigint[])
     union all select 'review', node_id, repository_id, created_at from review
       where repository_id = any($1::bigint[])
     union all select 'review_comment', node_id, repository_id, created_at from review_comment
       where repository_id = any($1::bigint[])
     union all select 'comment', node_id, repository_id, created_at from comment
       where repository_id = any($1::bigint[])
     union all select 'review_thread', node_id, repository_id, null from review_thread
       where repository_id = any($1::bigint[])
     on conflict (kind, node_id) do nothing`,
    [ids],
  )
  // What belongs to it goes with it: its pull requests, passages, readings and raw records.
  await tx.query('delete from repository where id = any($1::bigint[])', [ids])
}
