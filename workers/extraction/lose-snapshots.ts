import type { Queryable } from '#app/database/pool.server.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import { giveUpPullRequests } from '#app/sync/window/give-up.ts'
import { failSnapshots, type Snapshot } from '#app/sync/window/snapshots.ts'
import { readItem } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'

/** A part of these snapshots is not to be had: they fail, and their pull requests are gaps. */
export async function loseSnapshots(
  tx: Queryable,
  item: ClaimedItem,
  lost: { snapshots: Snapshot[]; reason: string; followUps?: NewItem[] },
): Promise<Outcome[]> {
  const { snapshots, reason, followUps = [] } = lost
  await failSnapshots(tx, [...new Set(snapshots.map((one) => one.id))])
  const names = await giveUpPullRequests(
    tx,
    item.runId,
    snapshots.map(({ nodeId, repositoryId }) => ({ nodeId, repositoryId, reason })),
  )
  return [{ state: 'gap', subject: [...new Set(names)].join(', '), message: reason, followUps }]
}

/** A retry after a gap: the snapshot has ended, so its pull request is read anew, whole. */
export function readAgain(snapshots: Snapshot[]): Settlement {
  const things = snapshots.map(({ nodeId, repositoryId }) => ({
    id: nodeId,
    repositoryId,
    readingId: null,
  }))
  return async () => [{ state: 'done', followUps: [readItem('pull_request', things)] }]
}
