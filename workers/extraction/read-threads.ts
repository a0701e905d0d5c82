import type { Queryable } from '#app/database/pool.server.ts'
import { THREADS, type ThreadNode } from '#app/github/queries/nested.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'
import { sortNodes } from '#app/github/sort-nodes.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { insertRawRecords } from '#app/sync/records/raw-records.ts'
import { changeSnapshotParts, readSnapshots, type Snapshot } from '#app/sync/window/snapshots.ts'
import { type ReadPayload, readItem, type Unread } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { loseSnapshots, readAgain } from './lose-snapshots.ts'
import { splitOnFailure } from './split-on-failure.ts'
import { cursorOf, pageItem, transformItem } from './store-pull-requests.ts'

type Payload = Extract<ReadPayload, { kind: 'read thread' }>
type Thing = Unread<'thread'>

/** Answers in which a thread may come spoiled before its pull request is a gap. */
const MOST_FAILURES = 3

interface Found {
  /** A thread that is gone by now has no comments. */
  threads: { thing: Thing; node: ThreadNode | null }[]
  again: Thing[]
  lost: { thing: Thing; reason: string }[]
}

/** The comments of up to 149 threads, of any pull requests. */
export async function readThreads(task: Task<Payload>): Promise<Settlement> {
  const { item, payload, pool } = task
  const ids = [...new Set(payload.things.map((thing) => thing.snapshotId))]
  const snapshots = new Map((await readSnapshots(pool, ids)).map((one) => [one.id, one]))
  if (item.reread) {
    const failed = [...snapshots.values()].filter((one) => one.state === 'failed')
    if (failed.length > 0) return readAgain(failed)
  }
  // Of a snapshot that has ended nothing is wanted any more.
  const things = payload.things.filter((one) => snapshots.get(one.snapshotId)?.state === 'open')
  if (things.length === 0) return async () => [{ state: 'done' }]
  const read = await splitOnFailure(task, things, () => fetchThreads(task, things))
  if ('halves' in read)
    return async () => [
      { state: 'done', followUps: read.halves.map((half) => readItem('thread', half)) },
    ]
  if ('error' in read) {
    if (item.attempts + 1 < MAX_ATTEMPTS) throw read.error
    const lost = things.map((thing) => ({ thing, reason: read.error.message }))
    return (tx) => settleFound(tx, task, snapshots, { threads: [], again: [], lost })
  }
  return (tx) => settleFound(tx, task, snapshots, read.value)
}

async function fetchThreads({ github, caller }: Task<Payload>, things: Thing[]): Promise<Found> {
  const halves = [things.slice(0, MAX_PAGE), things.slice(MAX_PAGE)] as const
  const [ids, more] = halves.map((half) => half.map((thing) => thing.id)) as [string[], string[]]
  const answer = await github.query(caller, THREADS, { ids, more })
  const found: Found = { threads: [], again: [], lost: [] }
  for (const [half, nodes, path] of [
    [halves[0], answer.data.nodes, 'nodes'],
    [halves[1], answer.data.more, 'more'],
  ] as const) {
    const sorted = sortNodes(nodes, answer.errors, [path], ['comments'])
    const at = (index: number) => half[index] as Thing
    found.threads.push(...sorted.whole.map(({ index, node }) => ({ thing: at(index), node })))
    found.threads.push(...sorted.gone.map((index) => ({ thing: at(index), node: null })))
    found.again.push(...sorted.spoiled.map(at))
    found.lost.push(
      ...sorted.refused.map(({ index, message }) => ({ thing: at(index), reason: message })),
    )
  }
  return found
}

async function settleFound(
  tx: Queryable,
  { item }: Task<Payload>,
  snapshots: Map<string, Snapshot>,
  found: Found,
): Promise<Outcome[]> {
  const followUps = await storeThreads(tx, snapshots, found.threads)
  const again = found.again.map((thing) => ({ ...thing, failures: (thing.failures ?? 0) + 1 }))
  const retried = again.filter((thing) => thing.failures <= MOST_FAILURES)
  if (retried.length > 0) followUps.push(readItem('thread', retried))
  const worn = again.filter((thing) => thing.failures > MOST_FAILURES)
  const lost = [
    ...found.lost,
    ...worn.map((thing) => ({ thing, reason: 'GitHub returns only part of a review thread' })),
  ]
  const [first] = lost
  if (!first) return [{ state: 'done', followUps }]
  const failed = lost.flatMap(({ thing }) => snapshots.get(thing.snapshotId) ?? [])
  return loseSnapshots(tx, item, { snapshots: failed, reason: first.reason, followUps })
}

/** One raw record for each snapshot, which takes over the parts of its threads. */
async function storeThreads(
  tx: Queryable,
  snapshots: Map<string, Snapshot>,
  threads: Found['threads'],
): Promise<NewItem[]> {
  const groups = new Map<string, Found['threads']>()
  for (const one of threads) {
    const { snapshotId } = one.thing
    groups.set(snapshotId, [...(groups.get(snapshotId) ?? []), one])
  }
  const open = await changeSnapshotParts(
    tx,
    [...groups].map(([snapshotId, own]) => ({
      snapshotId,
      parts: 1 - own.length + own.filter(({ node }) => cursorOf(node?.comments)).length,
      reviewComments: own.reduce((sum, { node }) => sum + (node?.comments?.totalCount ?? 0), 0),
    })),
  )
  const wanted = new Set(open.map((one) => one.id))
  const kept = [...groups].filter(([snapshotId]) => wanted.has(snapshotId))
  const recordIds = await insertRawRecords(
    tx,
    kept.map(([snapshotId, own]) => ({
      kind: 'nested' as const,
      body: {
        type: 'review_comments' as const,
        threads: own.map(({ thing, node }) => ({
          id: thing.id,
          comments: (node?.comments?.nodes ?? []).flatMap((comment) => comment ?? []),
        })),
      },
      repositoryId: snapshots.get(snapshotId)?.repositoryId ?? null,
      snapshotId,
      readAt: snapshots.get(snapshotId)?.startedAt as Date,
    })),
  )
  const pages = kept.flatMap(([snapshotId, own]) =>
    own.flatMap(({ thing, node }) => {
      const cursor = cursorOf(node?.comments)
      return cursor ? [pageItem({ kind: 'thread', snapshotId, id: thing.id, cursor })] : []
    }),
  )
  return [...recordIds.map(transformItem), ...pages]
}
