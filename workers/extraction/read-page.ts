import { RetryableError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notForgotten, notHidden } from '#app/database/predicates.ts'
import {
  PULL_REQUEST_NAMES,
  PULL_REQUEST_PAGE,
  type PullRequestNode,
  WIDEST_PAGE,
  WIDEST_WITHOUT_FILES,
} from '#app/github/queries/pull-requests.ts'
import { completeNodes } from '#app/github/sort-nodes.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import type { WithheldLists } from '#app/sync/requests/withheld-lists.ts'
import { enqueueFetches, flushItem } from '#app/sync/window/fetch-queue.ts'
import { forgetUnnamed } from '#app/sync/window/gaps.ts'
import { afterClean, firstWidth } from '#app/sync/window/page-width.ts'
import { pageKey } from '#app/sync/window/plan-repository-syncs.ts'
import { changeParts, EPOCH, noteReached } from '#app/sync/window/repository-syncs.ts'
import type { Settlement } from '../handlers.ts'
import { askForPullRequests } from './ask-for-pull-requests.ts'
import type { Task } from './context.ts'
import { hidesDrafts } from './drafts.ts'
import {
  endPage,
  findShortfall,
  mayRetry,
  requireCursor,
  type Unnamed,
  unnamedNodes,
} from './short-pages.ts'
import { NESTED_LISTS, STEP, storePullRequests } from './store-pull-requests.ts'
import { type AtWidth, tryWidths } from './try-widths.ts'
import { findUnlisted } from './unlisted.ts'

type PagePayload = Task<'page'>['payload']

interface PulledPage {
  complete: PullRequestNode[]
  /** Ids of invalid pull requests, which are read by id instead. */
  partial: string[]
  /** Nodes that GitHub does not give even a name of, each by its place. */
  unnamed: Unnamed[]
  /** GitHub's number of pull requests in the repository. */
  total: number
  /** True if the page was cut off at `since`. */
  cut: boolean
  oldest: Date | null
  next: string | null
}

/** Reads a page of a repository's pull requests, at a width that GitHub can answer. */
export async function readPage(task: Task<'page'>): Promise<Settlement> {
  const { item, payload } = task
  const known = await readKnown(task)
  if (!known) return async () => [{ state: 'done' }]
  const { startedAt, ceiling, readsFiles, widest } = known
  const first = payload.width ?? firstWidth(ceiling, widest)
  const page = await tryWidths(task, first, (width) => fetchPage(task, width, readsFiles)).catch(
    (error: unknown) => passOverNodes(task, error, first),
  )
  const { value, width } = page
  if (value.next !== null && value.next === payload.cursor)
    throw new RetryableError('GitHub returned the same cursor again', 'broken')
  const shortfall = value.next === null && !value.cut ? await findShortfall(task, value) : null
  if (shortfall && mayRetry(item)) throw new RetryableError(shortfall, 'broken')
  return async (tx) => {
    const { repositorySyncId, repositoryId } = payload
    if (payload.isFullRead && payload.cursor === null) await forgetUnnamed(tx, repositoryId)
    const fetched = value.complete.map((node) => ({ node, repositorySyncId, repositoryId }))
    const followUps = await storePullRequests(tx, item.runId, fetched, {
      startedAt,
      after: item.key,
    })
    const partial = value.partial.map((id) => ({ id, repositorySyncId, repositoryId, failures: 1 }))
    const later = await enqueueFetches(tx, item.runId, 'pull_request', partial)
    followUps.push(...later.items)
    if (partial.length > 0) followUps.push(flushItem('pull_request', item.key))
    const isShort = shortfall !== null
    followUps.push(...(await goOn(tx, task, { ...value, isShort, widest }, page)))
    const parts = fetched.length + later.added.length - (isLast(payload, value) ? 1 : 0)
    await changeParts(tx, [{ repositorySyncId, parts }])
    if (width.ceiling !== ceiling) await noteCeiling(tx, repositoryId, width.ceiling)
    return endPage(tx, task, { shortfall, unnamed: value.unnamed, followUps })
  }
}

/**
 * Returns the time before the request by the database's clock, the known width ceiling, and whether changed
 * files are requested: git lists those of repositories whose code is ingested. Null if the repository has left,
 * so that nothing of it is read any more.
 */
async function readKnown({ pool, item, payload }: Task<'page'>) {
  const { rows } = await pool.query<{ now: Date; ceiling: number | null; readsFiles: boolean }>(
    `select clock_timestamp() as now, coalesce(own.width_ceiling, (
       select round(avg(width_ceiling))::int from repository
       where installation_id = $2 and width_ceiling is not null)) as ceiling,
       i.settings -> 'changed_files' is distinct from 'false' and not exists (
         select from code_ref c where c.repository_id = own.id and c.generation > 0
           and ${notForgotten('c')}) as reads_files
     from repository own join installation i on i.id = own.installation_id where own.id = $1 and ${notHidden('own')}`,
    [payload.repositoryId, item.installationId],
  )
  const [row] = rows
  if (!row) return undefined
  const { now, ceiling, readsFiles } = row
  const widest = readsFiles ? WIDEST_PAGE : WIDEST_WITHOUT_FILES
  return { startedAt: now, ceiling: Math.min(ceiling ?? widest, widest), readsFiles, widest }
}

async function fetchPage(
  task: Task<'page'>,
  wanted: number,
  readsFiles: boolean,
): Promise<PulledPage> {
  const { payload } = task
  const first = Math.min(wanted, payload.left ?? wanted)
  const variables = { id: payload.id, first, after: payload.cursor }
  const others: WithheldLists = readsFiles ? {} : { files: 'listed by git' }
  const answer = await askForPullRequests(task, PULL_REQUEST_PAGE, variables, others)
  const list = answer.data.node?.pullRequests
  if (!list) {
    const reason = answer.errors[0]?.message ?? 'GitHub returned no pull requests'
    throw new RetryableError(`${payload.name}: ${reason}`, 'broken')
  }
  requireCursor(list.pageInfo)
  const path = ['node', 'pullRequests', 'nodes']
  const complete = completeNodes(list.nodes, answer.errors, path, NESTED_LISTS)
  const isComplete = complete.length === list.nodes.length
  return cutToWanted(
    payload,
    complete.filter((node) => !hidesDrafts(node)),
    isComplete ? { ...list, nodes: complete, unnamed: [] } : await fetchNames(task, first),
  )
}

interface Names {
  nodes: { id: string; updatedAt: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  totalCount: number
  unnamed: Unnamed[]
}

/** Selects the wanted pull requests of a page, and separates complete from invalid ones. */
function cutToWanted(
  payload: PagePayload,
  complete: PullRequestNode[],
  { nodes, pageInfo, totalCount, unnamed }: Names,
): PulledPage {
  const since = new Date(payload.since)
  const isWanted = ({ updatedAt }: { updatedAt: string }) => new Date(updatedAt) >= since
  const wanted = nodes.filter(isWanted)
  const completeIds = new Set(complete.map(({ id }) => id))
  const oldest = wanted.at(-1)
  return {
    complete: complete.filter(isWanted),
    partial: wanted.filter(({ id }) => !completeIds.has(id)).map(({ id }) => id),
    unnamed,
    total: totalCount,
    cut: wanted.length < nodes.length,
    oldest: oldest ? new Date(oldest.updatedAt) : null,
    next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  }
}

/** Returns the ids on a page that came partial or not at all. */
async function fetchNames(
  { item, payload, github, caller }: Task<'page'>,
  first: number,
): Promise<Names> {
  const variables = { id: payload.id, first, after: payload.cursor }
  const answer = await github.query(caller, PULL_REQUEST_NAMES, variables)
  const list = answer.data.node?.pullRequests
  const nodes = list?.nodes.flatMap((node) => node ?? []) ?? []
  const unnamed = list ? unnamedNodes(payload, list.nodes, answer.errors) : []
  if (!list || (unnamed.length > 0 && mayRetry(item)))
    throw new RetryableError(`${payload.name}: GitHub returned only part of a page`, 'broken')
  requireCursor(list.pageInfo)
  return { nodes, pageInfo: list.pageInfo, totalCount: list.totalCount, unnamed }
}

/**
 * Skips a pull request that GitHub does not return even on its own: it is read by id, and the page continues
 * after it.
 */
async function passOverNodes(
  task: Task<'page'>,
  error: unknown,
  { ceiling }: PageWidth,
): Promise<AtWidth<PulledPage>> {
  if (!(error instanceof RetryableError) || error.kind === 'broken') throw error
  const value = cutToWanted(task.payload, [], await fetchNames(task, 1))
  return { value, width: { width: 1, ceiling, good: 0, clean: 0 }, ease: true }
}

function leftAfter(payload: PagePayload, page: PulledPage): number | null {
  if (payload.left === null) return null
  return Math.max(0, payload.left - countOf(page))
}

function countOf(page: PulledPage): number {
  return page.complete.length + page.partial.length + page.unnamed.length
}

function isLast(payload: PagePayload, page: PulledPage): boolean {
  return page.next === null || page.cut || leftAfter(payload, page) === 0
}

/** Returns the item of the chain's next page, or the follow-ups of its end. */
async function goOn(
  tx: Queryable,
  { item, payload }: Task<'page'>,
  page: PulledPage & { isShort: boolean; widest: number },
  { width, ease }: AtWidth<PulledPage>,
): Promise<NewItem[]> {
  const left = leftAfter(payload, page)
  if (!isLast(payload, page)) {
    const nextWidth: PageWidth = ease ? afterClean(width, page.widest) : width
    const { offset } = payload
    const next = {
      ...payload,
      cursor: page.next,
      left,
      width: nextWidth,
      ...(offset !== undefined && { offset: offset + countOf(page) }),
    }
    const key = pageKey(payload.repositorySyncId, payload.chain, page.next)
    return [{ place: STEP, key, payload: next }]
  }
  if (payload.chain !== 'down') return []
  const exhausted = page.next === null && !page.cut && !page.isShort
  const reached = exhausted ? EPOCH : page.cut ? new Date(payload.since) : page.oldest
  // Cursors exist only at page ends, so a page that was cut off is read again from its start.
  const cursor = exhausted ? null : page.cut || page.isShort ? payload.cursor : page.next
  await noteReached(tx, payload.repositorySyncId, {
    at: reached ?? new Date(payload.since),
    cursor,
  })
  // A chain that did not start at the newest pull request has not read those above its start.
  if (!exhausted || !payload.isFullRead) return []
  return findUnlisted(tx, item.runId, payload)
}

async function noteCeiling(tx: Queryable, repositoryId: string, ceiling: number): Promise<void> {
  await tx.query('update repository set width_ceiling = $2 where id = $1', [repositoryId, ceiling])
}
