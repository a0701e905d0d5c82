import type { Queryable } from '#app/database/pool.server.ts'
import type { ReviewThreadNode } from '#app/github/queries/conversation.ts'
import { NESTED_TYPES } from '#app/github/queries/nested.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { Connection } from '#app/github/queries/query.ts'
import type { NodeLists } from '#app/github/sort-nodes.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { checksItem, markSeen, type SeenPullRequest } from '#app/sync/checks/due-checks.ts'
import { insertRawRecords, type StoredRecord } from '#app/sync/records/raw-records.ts'
import { holdRepositories } from '#app/sync/tables/repositories.ts'
import { enqueueFetches, flushItem } from '#app/sync/window/fetch-queue.ts'
import { openSnapshots, type Totals } from '#app/sync/window/snapshots.ts'
import type { Task } from './context.ts'
import { divideRecord, FIELDS } from './divide-record.ts'
import { withoutDrafts } from './drafts.ts'

export const STEP = 'github_prs_commits_reviews_comments/extraction'
const TRANSFORM = 'github_prs_commits_reviews_comments/transform'

/** A fetched pull request with the first page of each list. */
export interface Fetched {
  node: PullRequestNode
  repositoryId: string
  repositorySyncId: string | null
}

export const NESTED_LISTS: NodeLists<PullRequestNode> = {
  own: ['labels', 'assignees', 'commits', 'reviews', 'reviewThreads', 'comments', 'files'],
  foreign: ['closingIssuesReferences'],
}

/**
 * Opens a snapshot for each pull request and stores its raw record. The parts of a snapshot are this record
 * or what it was divided into, each list with further pages, and each thread whose comments are still to be read. Those of repositories
 * that have left meanwhile are dropped.
 *
 * @returns the items that transform the records, and read the further pages and the checks.
 */
export async function storePullRequests(
  tx: Queryable,
  runId: string,
  read: Fetched[],
  { startedAt, after }: { startedAt: Date; after: string },
): Promise<NewItem[]> {
  const staying = await holdRepositories(
    tx,
    read.map((one) => one.repositoryId),
  )
  const fetched = read
    .filter((one) => staying.has(one.repositoryId))
    .map((one) => ({ ...one, node: withoutDrafts(one.node) }))
  const plans = fetched.map((one) => planOf(one.node))
  const divided = fetched.map(({ node }) =>
    divideRecord({ kind: 'pull_request', body: { pullRequest: node } }),
  )
  const snapshotIds = await openSnapshots(
    tx,
    runId,
    fetched.map(({ node, repositoryId, repositorySyncId }, index) => {
      const { pages, threads } = plans[index] as Plan
      const own = divided[index]?.length ?? 1
      const parts = own + pages.length + threads.length
      return {
        repositorySyncId,
        repositoryId,
        nodeId: node.id,
        startedAt,
        parts,
        totals: totalsOf(node),
      }
    }),
  )
  const records = await insertRawRecords(
    tx,
    fetched.flatMap(({ repositoryId }, index) => {
      const snapshotId = snapshotIds[index] as string
      const place = { repositoryId, snapshotId, readAt: startedAt }
      return (divided[index] ?? []).map((record) => ({ ...record, ...place }))
    }),
  )
  const items = records.map(transformItem)
  const threads: { id: string; snapshotId: string }[] = []
  for (const [index, { pages, threads: own }] of plans.entries()) {
    const snapshotId = snapshotIds[index] as string
    items.push(...pages.map((page) => nestedPageItem({ ...page, snapshotId })))
    threads.push(...own.map((id) => ({ id, snapshotId })))
  }
  items.push(...(await readThreadsLater(tx, runId, threads, after)))
  const hasDue = await markSeen(tx, runId, fetched.map(seenOf))
  return hasDue ? [...items, checksItem(after)] : items
}

function seenOf({ node, repositoryId }: Fetched): SeenPullRequest {
  return {
    nodeId: node.id,
    repositoryId,
    headOid: node.headRefOid,
    rollupState: node.statusCheckRollup?.state ?? null,
    isOpen: node.state === 'OPEN',
  }
}

/** Adds threads to the fetch queue. The remainder is read last. */
export async function readThreadsLater(
  tx: Queryable,
  runId: string,
  threads: { id: string; snapshotId: string }[],
  after: string,
): Promise<NewItem[]> {
  if (threads.length === 0) return []
  const { items } = await enqueueFetches(tx, runId, 'thread', threads)
  return [...items, flushItem('thread', after)]
}

export function transformItem({ id, weight }: StoredRecord): NewItem {
  return { place: TRANSFORM, key: `record:${id}`, payload: { recordId: id }, weight }
}

type NestedListPage = Task<'nested' | 'thread'>['payload']
type PagePlan = NestedListPage extends infer P
  ? P extends NestedListPage
    ? Omit<P, 'snapshotId'>
    : never
  : never

/** Returns the work item for a further page of a list or thread. */
export function nestedPageItem(page: NestedListPage): NewItem {
  const what = page.kind === 'nested' ? page.type : page.id
  return {
    place: STEP,
    key: `nested:${page.snapshotId}:${what}:${page.cursor}`,
    payload: page,
  }
}

interface Plan {
  pages: PagePlan[]
  /** Threads whose comments are still to be read. */
  threads: string[]
}

function planOf(node: PullRequestNode): Plan {
  const pages: PagePlan[] = []
  for (const type of NESTED_TYPES) {
    const list = node[FIELDS[type]]
    const cursor = cursorOf(list)
    if (list && cursor) {
      const offset = list.nodes.length
      pages.push({ kind: 'nested', type, id: node.id, cursor, offset })
    }
  }
  const threads = (node.reviewThreads?.nodes ?? []).flatMap((thread) => thread ?? [])
  pages.push(...threads.flatMap(threadPagesOf))
  return { pages, threads: threads.filter(isQueued).map((thread) => thread.id) }
}

/** True if the thread came without its comments. */
function isQueued(thread: ReviewThreadNode): boolean {
  return thread.comments === undefined || thread.comments === null
}

function threadPagesOf(thread: ReviewThreadNode): PagePlan[] {
  const cursor = cursorOf(thread.comments)
  return cursor ? [{ kind: 'thread', id: thread.id, cursor }] : []
}

/** Returns the cursor of the next page; null on the last page. */
export function cursorOf(list: Connection<unknown> | null | undefined): string | null {
  return list?.pageInfo.hasNextPage ? list.pageInfo.endCursor : null
}

function totalsOf(node: PullRequestNode): Totals {
  const threads = node.reviewThreads?.nodes ?? []
  const reasons = withheldIssues(node.closingIssuesReferences)
  return {
    ...(reasons && { reasons: { closingIssues: reasons } }),
    labels: node.labels?.totalCount ?? null,
    assignees: node.assignees?.totalCount ?? null,
    closingIssues: node.closingIssuesReferences?.totalCount ?? null,
    commits: node.commits?.totalCount ?? null,
    reviews: node.reviews?.totalCount ?? null,
    comments: node.comments?.totalCount ?? null,
    reviewThreads: node.reviewThreads?.totalCount ?? null,
    ...(node.files !== undefined && { files: filesOf(node) }),
    reviewComments: node.reviewThreads
      ? threads.reduce((sum, thread) => sum + (thread?.comments?.totalCount ?? 0), 0)
      : null,
  }
}

/** Returns the number of changed files. GitHub counts them twice, and the larger number is believed. */
function filesOf({ files, changedFiles }: PullRequestNode): number | null {
  return files ? Math.max(files.totalCount, changedFiles) : null
}

/** Describes closing issues that GitHub counts but does not show to these credentials. */
function withheldIssues(list: PullRequestNode['closingIssuesReferences']): string | null {
  const hidden = list?.nodes.filter((issue) => issue === null).length ?? 0
  if (!list || hidden === 0) return null
  const why = list.withheld ?? 'they are in repositories that these credentials cannot read'
  return `GitHub withholds ${hidden} of ${list.totalCount} closing issues: ${why}`
}
