/**
 * Removes objects that GitHub positively reports as deleted. Their content is erased at once, together with
 * passages, vectors and raw records; ids, kinds and timestamps are kept.
 */
import { erasure } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { deleteChecks } from '../checks/store-checks.ts'
import { LISTS } from '../tables/lists.ts'
import { pullRequests } from '../tables/pull-requests.ts'
import { changeParts } from '../window/repository-syncs.ts'
import { buryAs, deletePassages, deleteRows, tombstoneOf } from './delete-rows.ts'

/** @param nodeIds node ids of pull requests; unknown ones are ignored. */
export async function removePullRequests(tx: Queryable, nodeIds: string[]): Promise<void> {
  if (nodeIds.length === 0) return
  const parts = await endSnapshots(tx, nodeIds)
  const { rows } = await tx.query<{ id: string }>(
    'select id from pull_request where node_id = any($1::text[]) order by node_id for no key update',
    [nodeIds],
  )
  const ids = rows.map((row) => row.id)
  const all = ids.map((id) => ({ id, startedAt: 'infinity' as const }))
  for (const table of LISTS) await deleteRows(tx, table, all)
  await deletePassages(tx, all)
  await tx.query(
    `update pull_request set ${erasure(pullRequests)}, completeness = '{}', is_complete = false,
       checked_at = null, read_at = clock_timestamp(),
       deleted_at = coalesce(deleted_at, clock_timestamp())
     where id = any($1::bigint[])`,
    [ids],
  )
  await tx.query(
    buryAs(tombstoneOf(pullRequests, 'pull_request x where x.id = any($1::bigint[])')),
    [ids],
  )
  await deleteChecks(tx, nodeIds)
  await tx.query(`delete from gap where kind = 'pull_request' and node_id = any($1::text[])`, [
    nodeIds,
  ])
  // Last, as where pull requests complete: that transaction holds rows that this one deletes, such as commits.
  await changeParts(tx, parts)
}

/**
 * Supersedes the open snapshots of the pull requests and deletes all their records, so that no replay can
 * restore them.
 *
 * @returns the parts that their repository syncs lose.
 */
async function endSnapshots(
  tx: Queryable,
  nodeIds: string[],
): Promise<{ repositorySyncId: string; parts: number }[]> {
  const { rows } = await tx.query<{ id: string; repositorySyncId: string | null }>(
    `with held as (
       select id from snapshot where node_id = any($1::text[]) and state = 'open' order by id for no key update
     )
     update snapshot s set state = 'superseded', ended_at = clock_timestamp()
     from held where s.id = held.id and s.state = 'open' returning s.id, s.repository_sync_id`,
    [nodeIds],
  )
  await tx.query(
    `delete from raw_record where snapshot_id in (
       select id from snapshot where node_id = any($1::text[]))`,
    [nodeIds],
  )
  return rows.flatMap(({ repositorySyncId }) =>
    repositorySyncId ? { repositorySyncId, parts: -1 } : [],
  )
}

// Commits and changed files have no node id of their own, so they leave no tombstone.
const IN_CONVERSATIONS = LISTS.filter(({ list }) => list !== 'commits')
  .filter(({ list }) => list !== 'files')
  .map((table) => tombstoneOf(table, `${table.name} x where x.pull_request_id = any($1::bigint[])`))

/**
 * Leaves tombstones of pull requests and of the objects in them, before they are erased with their repository.
 *
 * @param ids ids of pull requests, not node ids.
 */
export async function buryPullRequests(tx: Queryable, ids: string[]): Promise<void> {
  const own = tombstoneOf(pullRequests, 'pull_request x where x.id = any($1::bigint[])')
  await tx.query(buryAs([own, ...IN_CONVERSATIONS].join(' union all ')), [ids])
}
