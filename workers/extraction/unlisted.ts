import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { enqueueFetches, flushItem } from '#app/sync/window/fetch-queue.ts'
import { changeParts } from '#app/sync/window/repository-syncs.ts'

/**
 * Queues stored pull requests that a complete listing does not contain to be read by id. They may have been
 * deleted, or have moved in the list while it was read.
 */
export async function findUnlisted(
  tx: Queryable,
  runId: string,
  repositorySync: { repositorySyncId: string; repositoryId: string },
): Promise<NewItem[]> {
  const { repositorySyncId, repositoryId } = repositorySync
  const { rows } = await tx.query<{ nodeId: string }>(
    `select p.node_id from pull_request p
     where p.repository_id = $1 and ${notDeleted('p')}
       and not exists (select from snapshot s where s.node_id = p.node_id and s.run_id = $2)
     order by p.node_id`,
    [repositoryId, runId],
  )
  const targets = rows.map((row) => ({
    id: row.nodeId,
    repositorySyncId,
    repositoryId,
    notFound: true,
  }))
  const { items, added } = await enqueueFetches(tx, runId, 'pull_request', targets)
  await changeParts(tx, [{ repositorySyncId, parts: added.length }])
  return targets.length > 0
    ? [...items, flushItem('pull_request', `unlisted:${repositorySyncId}`)]
    : items
}
