import type { Queryable } from '#app/database/pool.server.ts'
import { PROBED_PULL_REQUESTS } from '#app/github/queries/repositories.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { findRepositories, type KnownRepository } from '#app/sync/window/known-repositories.ts'
import { findChangedSince, pageItem } from '#app/sync/window/plan-readings.ts'
import { changeParts, readReadings } from '#app/sync/window/readings.ts'
import { addUnread, flushItem, readItem } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { type Probe, probe } from './probe-repositories.ts'
import { splitOnFailure } from './split-on-failure.ts'

/** Answers in which a repository may come spoiled before the look at it is left out. */
const MOST_FAILURES = 3

/**
 * Looks once more at repositories whose pages were read: what changed meanwhile is read again. Where
 * GitHub does not let us look the next run does: the window ends where this run began.
 */
export async function readTail(task: Task<'read tail'>): Promise<Settlement> {
  const { item, payload } = task
  const ids = payload.things.map((thing) => thing.id)
  const read = await splitOnFailure(task, payload.things, () => probe(task, ids))
  if ('halves' in read)
    return async () => [
      { state: 'done', followUps: read.halves.map((half) => readItem('tail', half)) },
    ]
  if ('value' in read) return readFound(task, read.value)
  if (item.attempts + 1 < MAX_ATTEMPTS) throw read.error
  return async (tx) => {
    await changeParts(
      tx,
      payload.things.map(({ readingId }) => ({ readingId, parts: -1 })),
    )
    return [{ state: 'done' }]
  }
}

async function readFound({ item, payload, pool }: Task<'read tail'>, found: Probe) {
  const ids = payload.things.map((thing) => thing.id)
  const readings = await readReadings(
    pool,
    payload.things.map((thing) => thing.readingId),
  )
  const repositories = await findRepositories(pool, item.installationId, ids)
  return async (tx: Queryable): Promise<Outcome[]> => {
    const followUps: NewItem[] = []
    for (const thing of payload.things) {
      const repository = repositories.get(thing.id)
      const reading = readings.get(thing.readingId)
      const failures = (thing.failures ?? 0) + 1
      if (found.spoiled.includes(thing.id) && failures <= MOST_FAILURES)
        followUps.push(readItem('tail', [{ ...thing, failures }]))
      else if (repository && reading)
        followUps.push(...(await readChanged(tx, item.runId, { repository, reading, found })))
      else await changeParts(tx, [{ readingId: thing.readingId, parts: -1 }])
    }
    return [{ state: 'done', followUps }]
  }
}

interface Look {
  repository: KnownRepository
  reading: { id: string; startedAt: Date }
  found: Probe
}

async function readChanged(
  tx: Queryable,
  runId: string,
  { repository, reading, found }: Look,
): Promise<NewItem[]> {
  const node = found.whole.get(repository.nodeId)
  const changed = node
    ? await findChangedSince(tx, { probe: node, at: found.at }, reading.startedAt)
    : []
  const readingId = reading.id
  if (node && changed.length === PROBED_PULL_REQUESTS) {
    const chain = { name: 'tail', cursor: null, since: reading.startedAt, left: null } as const
    // The part of this look goes on as that of the chain.
    return [pageItem(repository, readingId, chain)]
  }
  const things = changed.map((id) => ({ id, readingId, repositoryId: repository.id }))
  const { items, added } = await addUnread(tx, runId, 'pull_request', things)
  await changeParts(tx, [{ readingId, parts: added.length - 1 }])
  return changed.length > 0 ? [...items, flushItem('pull_request', `tail:${readingId}`)] : items
}
