import type { Queryable } from '#app/database/pool.server.ts'
import { PROBE, type RepositoryNode } from '#app/github/queries/repositories.ts'
import { inTwoLists, type SortedNodes, sortNodes } from '#app/github/sort-nodes.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { ClaimedItem, NewItem } from '#app/ledger/work-items.ts'
import { beginErasure } from '#app/sync/leaving/erase-repository.ts'
import { insertRawRecords } from '#app/sync/records/raw-records.ts'
import { giveUpRepositories } from '#app/sync/window/give-up.ts'
import { hideRepositories, noteNotFound } from '#app/sync/window/known-repositories.ts'
import { type NamedRepository, noteUnread } from '#app/sync/window/unread-repositories.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { readByIds } from './read-by-id.ts'

/** The result of a probe; `at` is the time of the probe by GitHub's clock. */
export type Probe<Target> = SortedNodes<Target, RepositoryNode> & { at: Date }

/** Probes up to 149 repositories in one call. */
export async function fetchProbes<Target extends { id: string }>(
  { github, caller }: Pick<Task, 'github' | 'caller'>,
  targets: Target[],
): Promise<Probe<Target>> {
  const ids = inTwoLists(targets.map(({ id }) => id))
  const answer = await github.query(caller, PROBE, ids)
  return { ...sortNodes(targets, answer, { own: [], foreign: ['pullRequests'] }), at: answer.at }
}

/** Stores a raw record for each repository; hides those that GitHub withholds or does not find. The workers erase
 * in batches what it has not found twice. */
export function probeRepositories(task: Task<'read repository'>): Promise<Settlement> {
  const { item, payload } = task
  return readByIds(task, 'repository', payload.targets, {
    fetch: () => fetchProbes(task, payload.targets),
    store: (tx, found) => storeProbe(tx, item, found),
    giveUp(tx, lost, reason) {
      const named = lost.map(({ target }) => nameOf(target))
      return giveUpRepositories(tx, item, named, reason)
    },
    mostFailures: 5,
  })
}

/** A repository that was queued by an earlier version has no name. */
function nameOf({ id, name = `repository ${id}` }: QueuedFetch<'repository'>): NamedRepository {
  return { nodeId: id, name }
}

async function storeProbe(
  tx: Queryable,
  { runId, installationId }: ClaimedItem,
  found: Probe<QueuedFetch<'repository'>>,
): Promise<NewItem[]> {
  const missing = found.missing.map(({ id }) => id)
  for (const id of await noteNotFound(tx, installationId, missing))
    await beginErasure(tx, id, 'deleted on GitHub')
  const refused = found.refused.map(({ target }) => target.id)
  const withheld = `withheld by GitHub: ${found.refused[0]?.reason}`
  await hideRepositories(tx, installationId, refused, withheld)
  const refusedNames = found.refused.map(({ target }) => nameOf(target))
  await noteUnread(tx, { runId, installationId }, refusedNames, withheld)
  const records = await insertRawRecords(
    tx,
    found.complete.map(({ target, node }) => ({
      kind: 'repository' as const,
      body: {
        repository: node,
        databaseId: target.databaseId ?? null,
        topics: target.topics,
        at: found.at.toISOString(),
      },
      repositoryId: null,
      snapshotId: null,
      readAt: found.at,
    })),
  )
  return records.map(({ id, weight }) => ({
    place: 'github_repositories/transform',
    key: `record:${id}`,
    payload: { recordId: id },
    weight,
  }))
}
