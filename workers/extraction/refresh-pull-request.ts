import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted, notErasing, notHidden } from '#app/database/predicates.ts'
import type { AnswerError } from '#app/github/client.ts'
import { PULL_REQUEST_BY_NUMBER, type PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { sortNodes } from '#app/github/sort-nodes.ts'
import type { NewItem, Outcome } from '#app/ledger/work-items.ts'
import { readItem } from '#app/sync/window/fetch-queue.ts'
import type { Settlement } from '../handlers.ts'
import { askForPullRequests } from './ask-for-pull-requests.ts'
import type { Task } from './context.ts'
import { NESTED_LISTS, storePullRequests } from './store-pull-requests.ts'

/** An id that an event has just named is not believed gone for so long. */
const NAMED_MS = 5 * 60_000
/** The head that an event named is waited for for so long. */
const HEAD_MS = 3 * 60_000

type Refresh = Task<'refresh'>

/** What GitHub answered, and the time before the question by the database's clock. */
interface Found {
  askedAt: Date
  /** Null if GitHub does not know the number, or did not answer completely. */
  node: PullRequestNode | null
  isMissing: boolean
}

/**
 * Reads one pull request by its number, in one call, and stores it. GitHub's API may lag behind its events: a
 * pull request that it does not know yet, or whose head is not the one that an event named, is asked for again.
 * What is not answered completely is left to the read by id, which knows how to.
 */
export async function refreshPullRequest(task: Refresh): Promise<Settlement> {
  const found = await fetchOne(task)
  return async (tx) => [await settleFound(tx, task, found)]
}

async function fetchOne(task: Refresh): Promise<Found> {
  const { id, number } = task.payload
  const clock = await task.pool.query<{ now: Date }>('select clock_timestamp() as now')
  const answer = await askForPullRequests(task, PULL_REQUEST_BY_NUMBER, { id, number })
  const node = answer.data.node?.pullRequest ?? null
  const sorted = sortNodes(
    [{ id }],
    { data: { nodes: [node] }, errors: answer.errors.map(asOfList) },
    NESTED_LISTS,
  )
  return {
    askedAt: clock.rows[0]?.now as Date,
    node: sorted.complete[0]?.node ?? null,
    isMissing: sorted.missing.length > 0,
  }
}

/** Gives an error the path that it would have in a list of nodes. */
function asOfList(error: AnswerError): AnswerError {
  const [first, second, ...rest] = error.path
  const isOfPull = first === 'node' && (second === 'pullRequest' || second === undefined)
  return isOfPull ? { ...error, path: ['nodes', 0, ...rest] } : error
}

async function settleFound(tx: Queryable, task: Refresh, found: Found): Promise<Outcome> {
  const { item, payload } = task
  const { askedAt, node, isMissing } = found
  const mayCome = isMissing && isWithin(payload.namedAt, askedAt, NAMED_MS)
  if (!node && mayCome && (await isShown(tx, payload.repositoryId)))
    return later(payload.namedAt, askedAt, 'GitHub does not show the pull request yet')
  if (!node) return readById(tx, payload)
  const { repositoryId, head } = payload
  const fetched = [{ node, repositoryId, repositorySyncId: null }]
  const context = { startedAt: askedAt, after: item.key }
  const followUps = await storePullRequests(tx, item.runId, fetched, context)
  const isBehind = head && head.oid !== node.headRefOid && !hasCommit(node, head.oid)
  if (isBehind && isWithin(head.at, askedAt, HEAD_MS))
    return { ...later(head.at, askedAt, 'GitHub does not show the last push yet'), followUps }
  if (isWithin(payload.namedAt, askedAt, NAMED_MS) && (await isFirstEmpty(tx, node)))
    return {
      ...later(payload.namedAt, askedAt, 'A list that became empty is confirmed'),
      followUps,
    }
  return { state: 'done', followUps }
}

/** A repository that has left takes its pull requests with it: nobody waits for them. */
async function isShown(tx: Queryable, repositoryId: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select from repository r where id = $1 and ${notHidden('r')} and ${notErasing('r')}`,
    [repositoryId],
  )
  return rows.length > 0
}

/**
 * True if a list that had rows is empty for the first time: only a second answer is believed
 * (`completeness.ts`), and after an event, which can be the deletion of the last comment, nobody waits for it
 * until the next sync.
 */
async function isFirstEmpty(
  tx: Queryable,
  { id, comments, reviews, reviewThreads }: PullRequestNode,
): Promise<boolean> {
  const { rows } = await tx.query(
    `select from pull_request p
     where p.node_id = $1 and (
       ($2::boolean and p.completeness -> 'comments' -> 'suspect' is null
         and exists (select from comment x where x.pull_request_id = p.id))
       or ($3::boolean and p.completeness -> 'reviews' -> 'suspect' is null
         and exists (select from review x where x.pull_request_id = p.id))
       or ($4::boolean and p.completeness -> 'reviewThreads' -> 'suspect' is null
         and exists (select from review_thread x where x.pull_request_id = p.id)))`,
    [id, comments?.totalCount === 0, reviews?.totalCount === 0, reviewThreads?.totalCount === 0],
  )
  return rows.length > 0
}

/** True if a later head than the named one contains it. */
function hasCommit({ commits }: PullRequestNode, oid: string): boolean {
  return commits?.nodes.some((node) => node?.commit.oid === oid) ?? false
}

function isWithin(since: string, now: Date, ms: number): boolean {
  return now.getTime() - Date.parse(since) < ms
}

/** Waits as long again as has passed since the event: from a second to half a minute. */
function later(
  since: string,
  now: Date,
  message: string,
): Outcome & { state: 'snooze'; until: Date } {
  const waitMs = Math.min(30_000, Math.max(1_000, now.getTime() - Date.parse(since)))
  return { state: 'snooze', until: new Date(now.getTime() + waitMs), reason: 'retrying', message }
}

/** Leaves a pull request that is stored to the read by its id, and one that is not to the next sync. */
async function readById(
  tx: Queryable,
  { repositoryId, number }: Refresh['payload'],
): Promise<Outcome> {
  const { rows } = await tx.query<{ nodeId: string }>(
    `select node_id from pull_request p
     where repository_id = $1 and number = $2 and ${notDeleted('p')}`,
    [repositoryId, number],
  )
  const followUps: NewItem[] = rows.map(({ nodeId }) =>
    readItem('pull_request', [{ id: nodeId, repositorySyncId: null, repositoryId }]),
  )
  return { state: 'done', followUps }
}
