import type { Queryable } from '#app/database/pool.server.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'
import { PROBE, type RepositoryNode } from '#app/github/queries/repositories.ts'
import { type SortedNodes, sortNodes } from '#app/github/sort-nodes.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { removeRepositories } from '#app/sync/complete/remove.ts'
import { insertRawRecords } from '#app/sync/records/raw-records.ts'
import { giveUpRepositories } from '#app/sync/window/give-up.ts'
import { hideRepositories, noteNotFound } from '#app/sync/window/known-repositories.ts'
import { type ReadPayload, readItem, type Unread } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { splitOnFailure } from './split-on-failure.ts'

const MOST_FAILURES = 5

export interface Probe {
  /** By the repository's node id. */
  whole: Map<string, RepositoryNode>
  gone: string[]
  refused: { id: string; message: string }[]
  spoiled: string[]
  at: Date
}

/** One call for up to 149 repositories. */
export async function probe(
  { github, caller }: Pick<Task<unknown>, 'github' | 'caller'>,
  ids: string[],
): Promise<Probe> {
  const lists = [ids.slice(0, MAX_PAGE), ids.slice(MAX_PAGE)] as const
  const answer = await github.query(caller, PROBE, { ids: lists[0], more: lists[1] })
  const sorted = [
    {
      ids: lists[0],
      nodes: sortNodes(answer.data.nodes, answer.errors, ['nodes'], ['pullRequests']),
    },
    {
      ids: lists[1],
      nodes: sortNodes(answer.data.more, answer.errors, ['more'], ['pullRequests']),
    },
  ]
  const idsOf = (pick: (nodes: SortedNodes<RepositoryNode>) => number[]) =>
    sorted.flatMap((half) => pick(half.nodes).map((index) => half.ids[index] as string))
  return {
    whole: new Map(
      sorted.flatMap((half) => half.nodes.whole.map(({ node }) => [node.id, node] as const)),
    ),
    gone: idsOf((nodes) => nodes.gone),
    refused: sorted.flatMap((half) =>
      half.nodes.refused.map(({ index, message }) => ({ id: half.ids[index] as string, message })),
    ),
    spoiled: idsOf((nodes) => nodes.spoiled),
    at: answer.at,
  }
}

/** Each repository becomes a raw record; what GitHub says is gone or withheld is hidden at once. */
export async function probeRepositories(
  task: Task<Extract<ReadPayload, { kind: 'read repository' }>>,
): Promise<Settlement> {
  const { item, payload } = task
  const ids = payload.things.map((thing) => thing.id)
  const read = await splitOnFailure(task, payload.things, () => probe(task, ids))
  if ('halves' in read)
    return async () => [
      { state: 'done', followUps: read.halves.map((half) => readItem('repository', half)) },
    ]
  if ('value' in read) return (tx) => settleProbe(tx, task, read.value)
  if (item.attempts + 1 < MAX_ATTEMPTS) throw read.error
  const reason = read.error.message
  return async (tx) => {
    const names = await giveUpRepositories(tx, item, ids, reason)
    return [{ state: 'gap', subject: names.join(', '), message: reason }]
  }
}

async function settleProbe(
  tx: Queryable,
  { item, payload }: Task<Extract<ReadPayload, { kind: 'read repository' }>>,
  found: Probe,
): Promise<Outcome[]> {
  const things = new Map(payload.things.map((thing) => [thing.id, thing]))
  await removeRepositories(tx, await noteNotFound(tx, item.installationId, found.gone))
  const refused = found.refused.map(({ id }) => id)
  const withheld = `withheld by GitHub: ${found.refused[0]?.message}`
  await hideRepositories(tx, item.installationId, refused, withheld)
  const followUps = await keep(tx, found, things)
  const again = found.spoiled.map((id) => {
    const thing = things.get(id) as Unread<'repository'>
    return { ...thing, failures: (thing.failures ?? 0) + 1 }
  })
  const retried = again.filter(({ failures }) => failures <= MOST_FAILURES)
  if (retried.length > 0) followUps.push(readItem('repository', retried))
  const worn = again.flatMap(({ id, failures }) => (failures > MOST_FAILURES ? id : []))
  if (worn.length === 0) return [{ state: 'done', followUps }]
  const reason = 'GitHub returns only part of it'
  const names = await giveUpRepositories(tx, item, worn, reason)
  return [{ state: 'gap', subject: names.join(', '), message: reason, followUps }]
}

async function keep(
  tx: Queryable,
  found: Probe,
  things: Map<string, Unread<'repository'>>,
): Promise<NewItem[]> {
  const ids = await insertRawRecords(
    tx,
    [...found.whole.values()].map((repository) => ({
      kind: 'repository' as const,
      body: {
        repository,
        topics: things.get(repository.id)?.topics ?? [],
        at: found.at.toISOString(),
      },
      repositoryId: null,
      snapshotId: null,
      readAt: found.at,
    })),
  )
  return ids.map((recordId) => ({
    place: 'github_repositories/transform',
    key: `record:${recordId}`,
    payload: { recordId },
  }))
}
