import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { PRIORITY, ranked } from '#app/queues/stages.ts'
import type { RankOf } from '#app/sync/settings/repository-priorities.ts'
import { readItems } from '#app/sync/window/fetch-queue.ts'
import type { ClaimedDelivery } from './claim.ts'
import type { KnownRepository, NamedRepository } from './find-pulls.ts'

/** A pull request that deliveries ask to read again. */
export interface NamedPull {
  repository: KnownRepository
  number: number
  delivery: Pick<ClaimedDelivery, 'receivedAt'>
  head?: string | undefined
}

/**
 * Returns one work item for each pull request, however many deliveries name it. Its key is that of later
 * requests too, so that they join it while it waits, and follow it once while it runs.
 */
export function refreshItems(named: NamedPull[], rankOf: RankOf): NewItem[] {
  const items = new Map<string, NewItem>()
  for (const { repository, number, delivery, head } of named) {
    const key = `refresh:${repository.id}:${number}`
    const before = items.get(key)?.payload as object | undefined
    const at = delivery.receivedAt.toISOString()
    items.set(key, {
      place: 'github_prs_commits_reviews_comments/extraction',
      key,
      priority: ranked(PRIORITY.webhook, rankOf(repository.fullName)),
      payload: {
        ...before,
        kind: 'refresh',
        id: repository.nodeId,
        repositoryId: repository.id,
        number,
        namedAt: at,
        ...(head && { head: { oid: head, at } }),
      },
    })
  }
  return [...items.values()]
}

/** Returns one work item for each repository, which reads its own fields and none of its pull requests. */
export function probeItems(repositories: NamedRepository[]): NewItem[] {
  const distinct = new Map(repositories.map((one) => [one.id, one]))
  return [...distinct.values()].map(({ id, nodeId, databaseId, fullName, topics }) => ({
    place: 'github_repositories/extraction',
    key: `probe:${id}`,
    payload: {
      kind: 'read repository',
      targets: [{ id: nodeId, databaseId, name: fullName, topics }],
    },
  }))
}

/** Returns the work items that read pull requests, each once, in as few calls as possible and after other events. */
export function bulkItems(reads: QueuedFetch<'pull_request'>[]): NewItem[] {
  const distinct = new Map(reads.map((one) => [one.id, one]))
  const items = readItems('pull_request', [...distinct.values()])
  return items.map((item) => ({ ...item, priority: PRIORITY.schedule }))
}
