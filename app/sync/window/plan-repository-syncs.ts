/**
 * Decides what a run reads of each repository after its probe: nothing, the pull requests that the probe
 * named, or chains of pages. Runs in the transaction that stores the repositories. See docs/glossary.md for
 * the terms.
 *
 *       synced_from ─────────────── synced_until ── now
 *    ◄── chain below     window     ◄── the probe, or a chain from the newest to 15 min before
 */

import type { Queryable } from '#app/database/pool.server.ts'
import { PROBED_PULL_REQUESTS, type RepositoryNode } from '#app/github/queries/repositories.ts'
import type { RunRequest } from '#app/ledger/requests.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { enqueueFetches, flushItem } from './fetch-queue.ts'
import { dueGaps } from './gaps.ts'
import { EPOCH, openRepositorySync } from './repository-syncs.ts'

/** Overlap with the window below `synced_until`, because GitHub's lists may lag behind its clock. */
const MARGIN_MS = 15 * 60_000
/**
 * GitHub's timestamps have a resolution of one second, so a snapshot taken this soon after a change may miss
 * a later change of the same second.
 */
const SAME_MOMENT_S = 2

export interface Probed {
  /** The repository as it is stored. */
  repository: {
    id: string
    nodeId: string
    fullName: string
    syncedFrom: Date | null
    syncedUntil: Date | null
    oldestCursor: string | null
    /** Number of its pull requests in the tables. */
    stored: number
  }
  /** True if the repository was renamed since it was last read; stored URLs still contain the old name. */
  isRenamed?: boolean
  probe: RepositoryNode
  /** Time of the probe by GitHub's clock. */
  at: Date
}

/**
 * A chain of pages, each of which creates the next. The end of a `down` chain defines how far the window
 * reaches.
 */
export interface Chain {
  name: 'top' | 'down' | 'tail'
  cursor: string | null
  since: Date
  left: number | null
}

/**
 * Opens a sync for each repository that changed, and moves the windows of the others.
 *
 * @returns the first work items of each repository, in the order given.
 */
export async function planRepositorySyncs(
  tx: Queryable,
  runId: string,
  request: RunRequest,
  probed: Probed[],
): Promise<NewItem[][]> {
  if (probed.length === 0) return []
  const changed = await findChanged(tx, probed)
  const gaps = await dueGaps(
    tx,
    probed.map((one) => one.repository.id),
  )
  const still: Probed[] = []
  const items: NewItem[][] = []
  for (const one of probed) {
    const own = changed.get(one) ?? []
    const chains = chainsOf(one, request, own)
    const fromTheNewest = chains.some((chain) => chain.cursor === null)
    const named = [
      ...new Set([...(fromTheNewest ? [] : own), ...(gaps.get(one.repository.id) ?? [])]),
    ]
    if (chains.length + named.length > 0)
      items.push(await readRepository(tx, runId, one, { chains, named }))
    else {
      items.push([])
      still.push(one)
    }
  }
  await moveWindows(tx, still)
  return items
}

function chainsOf(
  { repository, isRenamed, probe }: Probed,
  request: RunRequest,
  changed: string[],
): Chain[] {
  const total = probe.pullRequests?.totalCount ?? 0
  if (total === 0) return []
  const wanted = request.since === 'all' ? EPOCH : new Date(request.since)
  const { syncedFrom, syncedUntil, oldestCursor, stored } = repository
  if (request.mode === 'full' || !syncedFrom || !syncedUntil)
    return [{ name: 'down', cursor: null, since: wanted, left: request.maxPrs }]
  if (isRenamed) {
    const since = wanted < syncedFrom && request.maxPrs === null ? wanted : syncedFrom
    return [{ name: 'down', cursor: null, since, left: null }]
  }
  const chains: Chain[] = []
  const limit = newestLimit(syncedUntil)
  const oldest = probe.pullRequests?.nodes.at(-1)
  const mayBeMore = total > PROBED_PULL_REQUESTS && oldest && new Date(oldest.updatedAt) >= limit
  if (changed.length > 0 && mayBeMore)
    chains.push({ name: 'top', cursor: null, since: limit, left: null })
  const left = request.maxPrs === null ? null : request.maxPrs - stored
  // A window that ends within the first page has no cursor, so its chain starts, and counts, at the newest.
  if (wanted < syncedFrom && (left === null || left > 0))
    chains.push({
      name: 'down',
      cursor: oldestCursor,
      since: wanted,
      left: oldestCursor === null ? request.maxPrs : left,
    })
  return chains
}

function newestLimit(syncedUntil: Date): Date {
  return new Date(syncedUntil.getTime() - MARGIN_MS)
}

/** Returns, for each repository, the probed pull requests whose current version is not in the tables. */
async function findChanged(tx: Queryable, probed: Probed[]): Promise<Map<Probed, string[]>> {
  if (probed.length === 0) return new Map()
  const near = new Map(
    probed.map((one) => {
      const { syncedUntil } = one.repository
      return [one, updatedSince(one.probe, syncedUntil ? newestLimit(syncedUntil) : EPOCH)] as const
    }),
  )
  const earliest = new Date(Math.min(...probed.map((one) => one.at.getTime())))
  const isStored = await storedAsThey(tx, [...near.values()].flat(), earliest)
  return new Map(
    [...near].map(([one, nodes]) => [
      one,
      nodes.filter((node) => !isStored(node)).map((node) => node.id),
    ]),
  )
}

/** Returns the probed pull requests updated since then whose current version is not in the tables. */
export async function findChangedSince(
  tx: Queryable,
  { probe, at }: Pick<Probed, 'probe' | 'at'>,
  since: Date,
): Promise<string[]> {
  const nodes = updatedSince(probe, since)
  const isStored = await storedAsThey(tx, nodes, at)
  return nodes.filter((node) => !isStored(node)).map((node) => node.id)
}

interface Named {
  id: string
  updatedAt: string
}

function updatedSince(probe: RepositoryNode, since: Date): Named[] {
  const nodes = (probe.pullRequests?.nodes ?? []).flatMap((node) => node ?? [])
  return nodes.filter((node) => new Date(node.updatedAt) >= since)
}

/**
 * Returns a predicate that is true for pull requests stored in their current version.
 *
 * @param at recent time by GitHub's clock, from which the offset of the database's clock is derived. The
 * delay since then only causes more pull requests to be read again.
 */
async function storedAsThey(
  tx: Queryable,
  nodes: Named[],
  at: Date,
): Promise<(node: Named) => boolean> {
  const { rows } = await tx.query<{ nodeId: string; updatedAt: Date }>(
    `select p.node_id, p.updated_at
     from unnest($1::text[]) u (node_id) join pull_request p using (node_id)
     where p.is_complete and p.read_at - (clock_timestamp() - $2::timestamptz)
       >= p.updated_at + $3 * interval '1 second'`,
    [nodes.map((node) => node.id), at, SAME_MOMENT_S],
  )
  const stored = new Map(rows.map((row) => [row.nodeId, row.updatedAt.getTime()]))
  return (node) => stored.get(node.id) === new Date(node.updatedAt).getTime()
}

async function readRepository(
  tx: Queryable,
  runId: string,
  { repository, probe, at }: Probed,
  { chains, named }: { chains: Chain[]; named: string[] },
): Promise<NewItem[]> {
  const total = probe.pullRequests?.totalCount ?? 0
  const reachesDown = chains.find(({ name }) => name === 'down')
  // The tail reads what changed while pages were read.
  const tail = chains.some((chain) => chain.cursor === null)
  const repositorySyncId = await openRepositorySync(tx, runId, {
    repositoryId: repository.id,
    startedAt: at,
    since: reachesDown?.since ?? repository.syncedFrom ?? EPOCH,
    expected: reachesDown ? expectedOf(reachesDown, total, repository.stored) : named.length,
    parts: chains.length + named.length + (tail ? 1 : 0),
    reached: repository.syncedFrom ?? reachesDown?.since ?? EPOCH,
    oldestCursor: repository.oldestCursor,
  })
  // A listing that shifts while it is read can yield two records of one repository; only one opens a sync.
  if (!repositorySyncId) return []
  const items = chains.map((chain) => pageItem(repository, repositorySyncId, chain))
  const fetchQueue = named.map((id) => ({ id, repositorySyncId, repositoryId: repository.id }))
  items.push(...(await enqueueFetches(tx, runId, 'pull_request', fetchQueue)).items)
  if (named.length > 0) items.push(flushItem('pull_request', repositorySyncId))
  if (tail) {
    const tails = [{ id: repository.nodeId, repositorySyncId }]
    items.push(...(await enqueueFetches(tx, runId, 'tail', tails)).items)
    items.push(flushItem('tail', repositorySyncId))
  }
  return items
}

/**
 * Estimates the pull requests of a chain. A chain that continues below the window does not read those inside
 * it again.
 */
function expectedOf({ cursor, left }: Chain, total: number, stored: number): number {
  const most = cursor === null ? total : Math.max(0, total - stored)
  return Math.min(most, left ?? most)
}

export function pageKey(
  repositorySyncId: string,
  chain: Chain['name'],
  cursor: string | null,
): string {
  return `page:${repositorySyncId}:${chain}:${cursor ?? ''}`
}

/** Returns the work item of a chain's first page. */
export function pageItem(
  repository: Pick<Probed['repository'], 'id' | 'nodeId' | 'fullName'>,
  repositorySyncId: string,
  chain: Chain,
): NewItem {
  return {
    place: 'github_prs_commits_reviews_comments/extraction',
    key: pageKey(repositorySyncId, chain.name, chain.cursor),
    payload: {
      kind: 'page',
      chain: chain.name,
      repositorySyncId,
      repositoryId: repository.id,
      id: repository.nodeId,
      name: repository.fullName,
      cursor: chain.cursor,
      isFullRead: chain.cursor === null && chain.name === 'down',
      ...(chain.cursor === null && { offset: 0 }),
      since: chain.since.toISOString(),
      left: chain.left,
      width: null,
    },
  }
}

/** Moves the windows of unchanged repositories: everything on GitHub up to the probe is in the tables. */
async function moveWindows(tx: Queryable, probed: Probed[]): Promise<void> {
  if (probed.length === 0) return
  await tx.query(
    `update repository r
     set synced_until = greatest(r.synced_until, m.at), last_synced_at = clock_timestamp(),
       synced_from = coalesce(r.synced_from, $3)
     from unnest($1::bigint[], $2::timestamptz[]) m (id, at) where r.id = m.id`,
    [probed.map((one) => one.repository.id), probed.map((one) => one.at), EPOCH],
  )
}
