import type { Queryable } from '#app/database/pool.server.ts'
import { THREADS, type ThreadNode } from '#app/github/queries/nested.ts'
import { refusedLists } from '#app/github/refused-lists.ts'
import { inTwoLists, sortNodes } from '#app/github/sort-nodes.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { insertRawRecords } from '#app/sync/records/raw-records.ts'
import { noteWithheldLists } from '#app/sync/requests/withheld-lists.ts'
import { changeSnapshotParts, readSnapshots, type Snapshot } from '#app/sync/window/snapshots.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { divideRecord } from './divide-record.ts'
import { isDraft, keep } from './drafts.ts'
import { loseSnapshots, rereadItems, restartSnapshots } from './lose-snapshots.ts'
import { readByIds } from './read-by-id.ts'
import { cursorOf, nestedPageItem, transformItem } from './store-pull-requests.ts'

type ThreadTarget = QueuedFetch<'thread'>
type ReadThread = { target: ThreadTarget; node: ThreadNode | null }

/** Reads the comments of up to 149 threads, of any pull requests. */
export async function readQueuedThreads(task: Task<'read thread'>): Promise<Settlement> {
  const { item, payload, pool } = task
  const ids = [...new Set(payload.targets.map((target) => target.snapshotId))]
  const snapshots = new Map((await readSnapshots(pool, ids)).map((one) => [one.id, one]))
  if (item.reread) {
    const failed = [...snapshots.values()].filter((one) => one.state === 'failed')
    if (failed.length > 0) return rereadItems(failed)
  }
  // Threads of ended snapshots are no longer needed.
  const targets = payload.targets.filter((one) => snapshots.get(one.snapshotId)?.state === 'open')
  if (targets.length === 0) return async () => [{ state: 'done' }]
  return readByIds(task, 'thread', targets, {
    fetch: () => fetchThreads(task, targets),
    async store(tx, { threads, refused }) {
      const restarted = refused.map((target) => target.snapshotId)
      return [
        ...(await restartSnapshots(tx, restarted)),
        ...(await storeThreads(tx, snapshots, threads)),
      ]
    },
    giveUp(tx, lost, reason) {
      const failed = lost.flatMap(({ target }) => snapshots.get(target.snapshotId) ?? [])
      return loseSnapshots(tx, item.runId, failed, reason)
    },
  })
}

async function fetchThreads({ github, caller, pool }: Task, targets: ThreadTarget[]) {
  const ids = inTwoLists(targets.map((target) => target.id))
  const answer = await github.query(caller, THREADS, ids)
  const sorted = sortNodes(targets, answer, { own: ['comments'] })
  const withheld = refusedLists(answer, 'reviewThreads')
  await noteWithheldLists(pool, caller.installationId, withheld)
  for (const { node } of sorted.complete)
    if (node.comments) node.comments = keep(node.comments, (comment) => !isDraft(comment))
  // A thread that was deleted meanwhile has no comments.
  const missing = sorted.missing.map((target) => ({ target, node: null }))
  return {
    threads: [...sorted.complete, ...missing],
    partial: sorted.partial,
    refused: withheld.reviewThreads ? sorted.refused.map(({ target }) => target) : [],
    lost: withheld.reviewThreads ? [] : sorted.refused,
  }
}

/** Stores a raw record for each snapshot, or more if it is large, which replace the parts of its threads. */
async function storeThreads(
  tx: Queryable,
  snapshots: Map<string, Snapshot>,
  threads: ReadThread[],
): Promise<NewItem[]> {
  const groups = new Map<string, ReadThread[]>()
  for (const one of threads) {
    const { snapshotId } = one.target
    groups.set(snapshotId, [...(groups.get(snapshotId) ?? []), one])
  }
  const records = new Map([...groups].map(([snapshotId, own]) => [snapshotId, recordsOf(own)]))
  const open = await changeSnapshotParts(
    tx,
    [...groups].map(([snapshotId, own]) => ({
      snapshotId,
      parts:
        (records.get(snapshotId)?.length ?? 0) -
        own.length +
        own.filter(({ node }) => cursorOf(node?.comments)).length,
      reviewComments: own.reduce((sum, { node }) => sum + (node?.comments?.totalCount ?? 0), 0),
    })),
  )
  const wanted = new Set(open.map((one) => one.id))
  const kept = [...groups].filter(([snapshotId]) => wanted.has(snapshotId))
  const stored = await insertRawRecords(
    tx,
    kept.flatMap(([snapshotId]) => {
      const { repositoryId, startedAt } = snapshots.get(snapshotId) as Snapshot
      const place = { repositoryId, snapshotId, readAt: startedAt }
      return (records.get(snapshotId) ?? []).map((record) => ({ ...record, ...place }))
    }),
  )
  const pages = kept.flatMap(([snapshotId, own]) =>
    own.flatMap(({ target, node }) => {
      const cursor = cursorOf(node?.comments)
      return cursor ? [nestedPageItem({ kind: 'thread', snapshotId, id: target.id, cursor })] : []
    }),
  )
  return [...stored.map(transformItem), ...pages]
}

function recordsOf(threads: ReadThread[]): ReturnType<typeof divideRecord> {
  const comments = threads.map(({ target, node }) => ({
    id: target.id,
    comments: (node?.comments?.nodes ?? []).flatMap((comment) => comment ?? []),
  }))
  return divideRecord({ kind: 'nested', body: { type: 'review_comments', threads: comments } })
}
