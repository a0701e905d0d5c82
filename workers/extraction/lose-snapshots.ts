import type { Queryable } from '#app/database/pool.server.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { readItems } from '#app/sync/window/fetch-queue.ts'
import { giveUpPullRequests } from '#app/sync/window/give-up.ts'
import { failSnapshots, type Snapshot, stopSnapshots } from '#app/sync/window/snapshots.ts'
import type { Settlement } from '../handlers.ts'

/**
 * Fails snapshots of which a part cannot be read, and records their pull requests as gaps.
 *
 * @returns the names of the pull requests.
 */
export async function loseSnapshots(
  tx: Queryable,
  runId: string,
  snapshots: Snapshot[],
  reason: string,
): Promise<string[]> {
  await failSnapshots(tx, [...new Set(snapshots.map((one) => one.id))])
  const lost = snapshots.map(({ nodeId, repositoryId }) => ({ nodeId, repositoryId, reason }))
  return [...new Set(await giveUpPullRequests(tx, runId, lost))]
}

/** Reads the pull requests of failed snapshots again from the start, when a gap is retried. */
export function rereadItems(snapshots: Snapshot[]): Settlement {
  const targets = snapshots.map(({ nodeId, repositoryId }) => ({
    id: nodeId,
    repositoryId,
    repositorySyncId: null,
  }))
  return async () => [{ state: 'done', followUps: readItems('pull_request', targets) }]
}

/**
 * Gives up open snapshots of which GitHub refuses a list now, and reads their pull requests again from the
 * start, without it.
 */
export async function restartSnapshots(tx: Queryable, ids: string[]): Promise<NewItem[]> {
  const stopped = await stopSnapshots(tx, [...new Set(ids)])
  const targets = stopped.map(({ nodeId, ...part }) => ({ ...part, id: nodeId }))
  return readItems('pull_request', targets)
}
