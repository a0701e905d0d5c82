import type { Queryable } from '#app/database/pool.server.ts'
import { PROBED_PULL_REQUESTS, type RepositoryNode } from '#app/github/queries/repositories.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { enqueueFetches, flushItem } from '#app/sync/window/fetch-queue.ts'
import { findRepositories, type KnownRepository } from '#app/sync/window/known-repositories.ts'
import { findChangedSince, pageItem } from '#app/sync/window/plan-repository-syncs.ts'
import { changeParts, readRepositorySyncs } from '#app/sync/window/repository-syncs.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { fetchProbes } from './probe-repositories.ts'
import { readByIds } from './read-by-id.ts'

/**
 * Probes repositories again after their pages were read, and reads what changed meanwhile. If GitHub does not
 * answer, the next run does this, because the window ends where this run began.
 */
export function readTail(task: Task<'read tail'>): Promise<Settlement> {
  const { item, payload } = task
  return readByIds(task, 'tail', payload.targets, {
    fetch: () => probeTails(task, payload.targets),
    async store(tx, { probed }) {
      const followUps: NewItem[] = []
      for (const look of probed) followUps.push(...(await readChanged(tx, item.runId, look)))
      return followUps
    },
    async giveUp(tx, lost) {
      const parts = lost.map(({ target }) => ({
        repositorySyncId: target.repositorySyncId,
        parts: -1,
      }))
      await changeParts(tx, parts)
      return null
    },
  })
}

interface ProbedTail {
  repository: KnownRepository
  repositorySync: { id: string; startedAt: Date }
  node: RepositoryNode
  at: Date
}

async function probeTails(
  { item, pool, ...task }: Task<'read tail'>,
  targets: QueuedFetch<'tail'>[],
) {
  const { complete, missing, refused, partial, at } = await fetchProbes(task, targets)
  const repositorySyncs = await readRepositorySyncs(
    pool,
    targets.map((target) => target.repositorySyncId),
  )
  const ids = targets.map((target) => target.id)
  const repositories = await findRepositories(pool, item.installationId, ids)
  const lost = [...refused, ...missing.map((target) => ({ target, reason: 'It is gone' }))]
  const probed = complete.flatMap(({ target, node }): ProbedTail[] => {
    const repository = repositories.get(target.id)
    const repositorySync = repositorySyncs.get(target.repositorySyncId)
    if (repository && repositorySync) return [{ repository, repositorySync, node, at }]
    lost.push({ target, reason: 'It is not read any more' })
    return []
  })
  return { probed, partial, lost }
}

async function readChanged(
  tx: Queryable,
  runId: string,
  { repository, repositorySync, node, at }: ProbedTail,
): Promise<NewItem[]> {
  const changed = await findChangedSince(tx, { probe: node, at }, repositorySync.startedAt)
  const repositorySyncId = repositorySync.id
  if (changed.length === PROBED_PULL_REQUESTS) {
    const chain = {
      name: 'tail',
      cursor: null,
      since: repositorySync.startedAt,
      left: null,
    } as const
    // The part of this item becomes the part of the chain.
    return [pageItem(repository, repositorySyncId, chain)]
  }
  const targets = changed.map((id) => ({ id, repositorySyncId, repositoryId: repository.id }))
  const { items, added } = await enqueueFetches(tx, runId, 'pull_request', targets)
  await changeParts(tx, [{ repositorySyncId, parts: added.length - 1 }])
  return changed.length > 0
    ? [...items, flushItem('pull_request', `tail:${repositorySyncId}`)]
    : items
}
