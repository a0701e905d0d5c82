import type { Queryable } from '#app/database/pool.server.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import { readUnembedded } from '#app/embeddings/read-unembedded.ts'
import type { NewItem, Outcome } from '#app/ledger/work-items.ts'
import {
  type Completed,
  completePullRequests,
  noteCompleted,
} from '#app/sync/complete/complete-pull-requests.ts'
import { dropOlderRecords } from '#app/sync/records/retention.ts'
import {
  endSnapshots,
  type HeldSnapshot,
  type Snapshot,
  takeEarlierChanges,
} from '#app/sync/window/snapshots.ts'

/**
 * Ends snapshots without open parts. Their repository syncs are updated last, because all batches of a
 * repository write the same row.
 *
 * @param held locked snapshots by id, without those superseded by a later one.
 * @returns the outcome of each snapshot: done, with or without an embedding item, or a gap.
 */
export async function endComplete(
  tx: Queryable,
  runId: string,
  complete: Snapshot[],
  held: Map<string, HeldSnapshot>,
): Promise<Map<string, Outcome>> {
  if (complete.length === 0) return new Map()
  const latest = new Map<string, Snapshot>()
  for (const one of complete.filter(({ id }) => held.has(id))) {
    const other = latest.get(one.nodeId)
    if (!other || other.startedAt <= one.startedAt) latest.set(one.nodeId, one)
  }
  const snapshots = [...latest.values()]
  const completed = await completePullRequests(tx, snapshots)
  await noteCompleted(tx, runId, completed)
  const again = new Set(snapshots.flatMap(({ id }) => (held.get(id)?.hasOthers ? id : [])))
  const settled = completed.filter((one) => !one.keepsOlder)
  await dropOlderRecords(
    tx,
    settled.flatMap(({ nodeId }) => latest.get(nodeId)?.id ?? []).filter((id) => again.has(id)),
  )
  const earlier = new Set(await takeEarlierChanges(tx, [...again]))
  const items = await embeddingItems(tx, completed, { snapshots: latest, earlier })
  await endSnapshots(
    tx,
    complete.map((one) => one.id),
  )
  return new Map(
    completed.map((one) => {
      const id = latest.get(one.nodeId)?.id as string
      return [id, outcomeOf(one, items.get(id))]
    }),
  )
}

function outcomeOf({ isComplete, name, message }: Completed, item: NewItem | undefined): Outcome {
  const followUps = item ? [item] : []
  if (isComplete) return { state: 'done', followUps }
  return { state: 'gap', subject: name, message, followUps }
}

/** Returns an item for each snapshot since whose predecessor a passage was added, deleted or changed. */
async function embeddingItems(
  tx: Queryable,
  completed: Completed[],
  { snapshots, earlier }: { snapshots: Map<string, Snapshot>; earlier: Set<string> },
): Promise<Map<string, NewItem>> {
  const due = completed.flatMap((one) => {
    const snapshot = snapshots.get(one.nodeId) as Snapshot
    const changed = snapshot.passagesChanged || one.passagesDeleted || earlier.has(snapshot.id)
    return changed ? [{ snapshotId: snapshot.id, pullRequestId: one.id }] : []
  })
  if (due.length === 0) return new Map()
  const sizes = await readUnembedded(
    tx,
    due.map((one) => one.pullRequestId),
  )
  return new Map(
    due.map((one) => {
      const { inputs, tokens } = sizes.get(one.pullRequestId) ?? { inputs: 0, tokens: 0 }
      return [
        one.snapshotId,
        {
          place: 'github_prs_commits_reviews_comments/embedding',
          key: `snapshot:${one.snapshotId}`,
          payload: one,
          weight: embeddingWeight(inputs, tokens),
        },
      ]
    }),
  )
}
