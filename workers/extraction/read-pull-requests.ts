import type { Queryable } from '#app/database/pool.server.ts'
import { FULL_PULL_REQUEST, PULL_REQUESTS_BY_ID } from '#app/github/queries/pull-requests.ts'
import { sortNodes } from '#app/github/sort-nodes.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { ClaimedItem, NewItem } from '#app/ledger/work-items.ts'
import { removePullRequests } from '#app/sync/complete/remove.ts'
import { readItem } from '#app/sync/window/fetch-queue.ts'
import { giveUpPullRequests } from '#app/sync/window/give-up.ts'
import { findRepositories } from '#app/sync/window/known-repositories.ts'
import { changeParts } from '#app/sync/window/repository-syncs.ts'
import type { Settlement } from '../handlers.ts'
import { askForPullRequests } from './ask-for-pull-requests.ts'
import type { Task } from './context.ts'
import { hidesDrafts } from './drafts.ts'
import { type GivenUpTarget, readByIds } from './read-by-id.ts'
import { type Fetched, NESTED_LISTS, storePullRequests } from './store-pull-requests.ts'

type PullRequestTarget = QueuedFetch<'pull_request'>

interface FoundPullRequests {
  startedAt: Date
  fetched: Fetched[]
  missing: PullRequestTarget[]
  /** To be read again one by one, with the comments of their threads. */
  alone: PullRequestTarget[]
  partial: PullRequestTarget[]
  lost: GivenUpTarget<PullRequestTarget>[]
}

/** Reads pull requests by id, in any repositories: changed, refreshed and leftover ones. */
export function readPullRequests(task: Task<'read pull_request'>): Promise<Settlement> {
  const { item, payload } = task
  // The item was reopened after a gap, which has already ended its part of the repository sync.
  const targets = item.reread
    ? payload.targets.map((target) => ({ ...target, repositorySyncId: null }))
    : payload.targets
  return readByIds(task, 'pull_request', targets, {
    fetch: () => fetchTargets(task, targets),
    store: (tx, found) => storeFound(tx, item, found),
    giveUp: (tx, lost) => giveUpTargets(tx, item.runId, lost),
  })
}

async function fetchTargets(
  task: Task<'read pull_request'>,
  targets: PullRequestTarget[],
): Promise<FoundPullRequests> {
  const { pool, item } = task
  const clock = await pool.query<{ now: Date }>('select clock_timestamp() as now')
  const query = targets.length === 1 ? FULL_PULL_REQUEST : PULL_REQUESTS_BY_ID
  const ids = targets.map((target) => target.id)
  const answer = await askForPullRequests(task, query, { ids })
  const sorted = sortNodes(targets, answer, NESTED_LISTS)
  const repositories = sorted.complete.map(({ node }) => node.repository.id)
  const known = await findRepositories(pool, item.installationId, [...new Set(repositories)])
  const lost = [...sorted.refused]
  const alone: PullRequestTarget[] = []
  const fetched = sorted.complete.flatMap(({ target, node }) => {
    const repositoryId = known.get(node.repository.id)?.id
    if (hidesDrafts(node) && targets.length > 1) {
      alone.push(target)
      return []
    }
    if (repositoryId) return { node, repositoryId, repositorySyncId: target.repositorySyncId }
    lost.push({ target, reason: 'It belongs to a repository that is not synced' })
    return []
  })
  return { ...sorted, startedAt: clock.rows[0]?.now as Date, fetched, alone, lost }
}

async function storeFound(
  tx: Queryable,
  item: ClaimedItem,
  found: FoundPullRequests,
): Promise<NewItem[]> {
  const { startedAt, fetched, missing } = found
  const context = { startedAt, after: item.key }
  const followUps = await storePullRequests(tx, item.runId, fetched, context)
  followUps.push(...found.alone.map((target) => readItem('pull_request', [target])))
  // Only a second NOT_FOUND for an id counts as a deletion.
  const unconfirmed = missing.filter((target) => !target.notFound)
  const again = unconfirmed.map((target) => ({ ...target, notFound: true }))
  if (again.length > 0) followUps.push(readItem('pull_request', again))
  const believed = missing.filter((target) => target.notFound)
  await removePullRequests(
    tx,
    believed.map((target) => target.id),
  )
  await endParts(tx, believed)
  return followUps
}

async function giveUpTargets(
  tx: Queryable,
  runId: string,
  lost: GivenUpTarget<PullRequestTarget>[],
): Promise<string[]> {
  const targets = lost.map(({ target }) => target)
  const gaps = lost.map(({ target: { id, repositoryId }, reason }) => ({
    nodeId: id,
    repositoryId,
    reason,
  }))
  const names = await giveUpPullRequests(tx, runId, gaps)
  await endParts(tx, targets)
  return names
}

async function endParts(tx: Queryable, targets: PullRequestTarget[]): Promise<void> {
  await changeParts(
    tx,
    targets.flatMap(({ repositorySyncId }) =>
      repositorySyncId ? [{ repositorySyncId, parts: -1 }] : [],
    ),
  )
}
