import { RetryableError } from '#app/config/errors.server.ts'
import type { ReviewNode } from '#app/github/queries/conversation.ts'
import {
  NESTED_PAGES,
  type NestedNodes,
  type NestedPage,
  type NestedType,
  THREAD_PAGE,
} from '#app/github/queries/nested.ts'
import type { Connection } from '#app/github/queries/query.ts'
import { type RefusedLists, refusedLists } from '#app/github/refused-lists.ts'
import { MAX_ATTEMPTS } from '#app/ledger/work-items.ts'
import { insertRawRecords, type NestedRecord } from '#app/sync/records/raw-records.ts'
import { noteWithheldLists } from '#app/sync/requests/withheld-lists.ts'
import { changeSnapshotParts, readSnapshots, type Snapshot } from '#app/sync/window/snapshots.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { divideRecord, FIELDS } from './divide-record.ts'
import { isDraft, keep } from './drafts.ts'
import { loseSnapshots, rereadItems, restartSnapshots } from './lose-snapshots.ts'
import { requireCursor } from './short-pages.ts'
import { cursorOf, nestedPageItem, readThreadsLater, transformItem } from './store-pull-requests.ts'

/** Reads a further page of a list of a pull request. */
export function readNested(task: Task<'nested'>): Promise<Settlement> {
  const { payload, github, caller } = task
  const { id, cursor, type, offset } = payload
  return readFurther(task, async () => {
    // The type next to them tells which kind of nodes they are.
    const page = NESTED_PAGES[type] as NestedPage<NestedNodes[NestedType]>
    const answer = await github.query(caller, page, { id, after: cursor })
    const refused = refusedLists(answer, FIELDS[type])
    if (refused[FIELDS[type]]) return { refused }
    const all = completeList(answer.data.node?.list, answer.errors, cursor)
    const list = type === 'reviews' ? keep(all, (node) => !isDraft(node as ReviewNode)) : all
    return {
      drafts: { reviews: all.nodes.length - list.nodes.length },
      body: { type, offset, nodes: list.nodes } as NestedRecord,
      cursor: cursorOf(list),
      next: { ...payload, offset: offset + list.nodes.length },
    }
  })
}

/** Reads a further page of the comments of a review thread. */
export function readThreadPage(task: Task<'thread'>): Promise<Settlement> {
  const { payload, github, caller } = task
  const { id, cursor } = payload
  return readFurther(task, async () => {
    const answer = await github.query(caller, THREAD_PAGE, { id, after: cursor })
    const refused = refusedLists(answer, 'reviewThreads')
    if (refused.reviewThreads) return { refused }
    const all = completeList(answer.data.node?.list, answer.errors, cursor)
    const list = keep(all, (comment) => !isDraft(comment))
    return {
      drafts: { reviewComments: all.nodes.length - list.nodes.length },
      body: { type: 'review_comments', threads: [{ id, comments: list.nodes }] },
      cursor: cursorOf(list),
      next: payload,
    }
  })
}

interface Further {
  body: NestedRecord
  /** Numbers of drafts that were left out, but that GitHub has counted. */
  drafts: { reviews?: number; reviewComments?: number }
  /** Cursor of the next page; null on the last page. */
  cursor: string | null
  next: Task<'nested' | 'thread'>['payload']
}

async function readFurther(
  task: Task<'nested' | 'thread'>,
  fetch: () => Promise<Further | { refused: RefusedLists }>,
): Promise<Settlement> {
  const { item, payload, pool } = task
  const [snapshot] = await readSnapshots(pool, [payload.snapshotId])
  if (snapshot?.state === 'failed' && item.reread) return rereadItems([snapshot])
  if (snapshot?.state !== 'open') return async () => [{ state: 'done' }]
  try {
    const found = await fetch()
    if ('refused' in found) return await restart(task, snapshot, found.refused)
    return storeFurther(task, snapshot, found)
  } catch (error) {
    if (!(error instanceof RetryableError) || item.attempts + 1 < MAX_ATTEMPTS) throw error
    const message = `The next page cannot be read: ${error.message}`
    return async (tx) => {
      const [subject = ''] = await loseSnapshots(tx, item.runId, [snapshot], message)
      return [{ state: 'gap', subject, message }]
    }
  }
}

/** Reads the pull request again without the list that GitHub refuses now. */
async function restart(
  { caller, pool }: Pick<Task, 'caller' | 'pool'>,
  { id }: Snapshot,
  refused: RefusedLists,
): Promise<Settlement> {
  await noteWithheldLists(pool, caller.installationId, refused)
  return async (tx) => [{ state: 'done', followUps: await restartSnapshots(tx, [id]) }]
}

function storeFurther(
  { item }: Task<'nested' | 'thread'>,
  snapshot: Snapshot,
  { body, drafts, cursor, next }: Further,
): Settlement {
  return async (tx) => {
    // Here, no thread comes with its comments, so all of them are still to be read.
    const threads = body.type === 'review_threads' ? body.nodes : []
    const divided = divideRecord({ kind: 'nested', body })
    const open = await changeSnapshotParts(tx, [
      {
        snapshotId: snapshot.id,
        parts: divided.length - 1 + (cursor ? 1 : 0) + threads.length,
        reviews: -(drafts.reviews ?? 0),
        reviewComments: -(drafts.reviewComments ?? 0),
      },
    ])
    if (open.length === 0) return [{ state: 'done' }]
    const { id: snapshotId, repositoryId, startedAt: readAt } = snapshot
    const place = { repositoryId, snapshotId, readAt }
    const records = await insertRawRecords(
      tx,
      divided.map((record) => ({ ...record, ...place })),
    )
    const fetchQueue = threads.map((thread) => ({ id: thread.id, snapshotId: snapshot.id }))
    const followUps = [
      ...records.map(transformItem),
      ...(cursor ? [nestedPageItem({ ...next, cursor })] : []),
      ...(await readThreadsLater(tx, item.runId, fetchQueue, item.key)),
    ]
    return [{ state: 'done', followUps }]
  }
}

/** @throws RetryableError unless the page is complete and its cursor differs from the previous one. */
function completeList<Node>(
  list: Connection<Node> | null | undefined,
  errors: { message: string }[],
  cursor: string,
): Connection<Node> & { nodes: Node[] } {
  if (!list || errors.length > 0 || list.nodes.some((node) => node === null))
    throw new RetryableError(errors[0]?.message ?? 'GitHub returned only part of a page', 'broken')
  requireCursor(list.pageInfo)
  if (list.pageInfo.hasNextPage && list.pageInfo.endCursor === cursor)
    throw new RetryableError('GitHub returned the same cursor again', 'broken')
  return list as Connection<Node> & { nodes: Node[] }
}
