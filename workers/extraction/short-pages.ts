/**
 * Pages of pull requests that lack something: a list that ends before it has as many as it counts, a next page
 * without a cursor, or a node of which GitHub gives not even the name. They are asked for again, and what is
 * still missing after the last attempt is a gap.
 */
import { RetryableError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { AnswerError } from '#app/github/client.ts'
import { PULL_REQUEST_NAMES } from '#app/github/queries/pull-requests.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'
import {
  type ClaimedItem,
  MAX_ATTEMPTS,
  type NewItem,
  type Outcome,
} from '#app/ledger/work-items.ts'
import { noteGaps, UNNAMED } from '#app/sync/window/gaps.ts'
import type { Task } from './context.ts'

/** A pull request of which only the place in the list is known. */
export interface Unnamed {
  /** A key of the place, in the form of a node id. */
  nodeId: string
  name: string
  reason: string
}

export function mayRetry({ attempts }: ClaimedItem): boolean {
  return attempts + 1 < MAX_ATTEMPTS
}

/** @throws RetryableError if there is a next page, but no cursor to ask for it. */
export function requireCursor(pageInfo: { hasNextPage: boolean; endCursor: string | null }): void {
  if (pageInfo.hasNextPage && !pageInfo.endCursor)
    throw new RetryableError('GitHub has a next page, but returned no cursor', 'broken')
}

/** Names the null nodes of a page by the pull request before them. */
export function unnamedNodes(
  { id, name, cursor }: Task<'page'>['payload'],
  nodes: ({ number: number } | null)[],
  errors: AnswerError[],
): Unnamed[] {
  return nodes.flatMap((node, index) => {
    if (node) return []
    const before = nodes.slice(0, index).findLast((one) => one !== null)
    const place = before ? `after #${before.number}` : 'at the start of a page'
    const error = errors.find(({ path }) => path.at(-1) === index)
    return {
      nodeId: `${UNNAMED}${id}:${before?.number ?? cursor ?? ''}:${index}`,
      name: `${name}: a pull request ${place}`,
      reason: error?.message ?? 'GitHub returns nothing for it',
    }
  })
}

/**
 * Compares the end of a list with GitHub's own count. Pull requests that moved to the front while the list was
 * read are no shortfall: the end of the run reads them.
 *
 * @returns what is missing, or null.
 */
export async function findShortfall(
  task: Task<'page'>,
  page: { complete: { id: string }[]; partial: string[]; unnamed: Unnamed[]; total: number },
): Promise<string | null> {
  const here = [...page.complete.map(({ id }) => id), ...page.partial]
  const missing = async (more: string[]) =>
    page.total - page.unnamed.length - (await countKnown(task, [...here, ...more]))
  if ((await missing([])) <= 0) return null
  const { github, caller, payload } = task
  const variables = { id: payload.id, first: MAX_PAGE, after: null }
  const { data } = await github.query(caller, PULL_REQUEST_NAMES, variables)
  const newest = data.node?.pullRequests.nodes.flatMap((node) => node?.id ?? []) ?? []
  const left = await missing(newest)
  return left > 0
    ? `GitHub counts ${page.total} pull requests in ${payload.name} but lists ${page.total - left}`
    : null
}

/** Counts the pull requests of the repository that are stored, being read, gaps, or among the given ones. */
async function countKnown(
  { pool, item, payload }: Task<'page'>,
  nodeIds: string[],
): Promise<number> {
  const { rows } = await pool.query<{ known: number }>(
    `select count(*)::int as known from (
       select node_id from pull_request p where p.repository_id = $1 and ${notDeleted('p')}
       union select node_id from snapshot where repository_id = $1 and run_id = $2
       union select node_id from fetch_queue where run_id = $2 and kind = 'pull_request'
         and details ->> 'repositoryId' = $1::text
       union select node_id from gap where repository_id = $1 and kind = 'pull_request'
       union select unnest($3::text[])) as known`,
    [payload.repositoryId, item.runId, nodeIds],
  )
  return rows[0]?.known ?? 0
}

/** Records what a page lacks as gaps. */
export async function endPage(
  tx: Queryable,
  { item, payload }: Task<'page'>,
  page: { shortfall: string | null; unnamed: Unnamed[]; followUps: NewItem[] },
): Promise<Outcome[]> {
  const { shortfall, unnamed, followUps } = page
  const { repositoryId, id, name } = payload
  const gaps = unnamed.map((one) => ({ ...one, repositoryId, kind: 'pull_request' as const }))
  await noteGaps(tx, item.runId, gaps)
  if (shortfall)
    await noteGaps(tx, item.runId, [
      { repositoryId, kind: 'repository', nodeId: id, name, reason: shortfall },
    ])
  const subject = [...unnamed.map((one) => one.name), ...(shortfall ? [name] : [])].join(', ')
  const message = shortfall ?? unnamed[0]?.reason
  return [message ? { state: 'gap', subject, message, followUps } : { state: 'done', followUps }]
}
