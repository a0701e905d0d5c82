import type { Queryable } from '#app/database/pool.server.ts'
import { PULL_REQUESTS_BY_ID, WHOLE_PULL_REQUEST } from '#app/github/queries/pull-requests.ts'
import { sortNodes } from '#app/github/sort-nodes.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { removePullRequests } from '#app/sync/complete/remove.ts'
import { giveUpPullRequests } from '#app/sync/window/give-up.ts'
import { findRepositories } from '#app/sync/window/known-repositories.ts'
import { changeParts } from '#app/sync/window/readings.ts'
import { type ReadPayload, readItem, type Unread } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import { askForPullRequests } from './ask-for-pull-requests.ts'
import type { Task } from './context.ts'
import { splitOnFailure } from './split-on-failure.ts'
import { type Fetched, LISTS, storePullRequests } from './store-pull-requests.ts'

type Payload = Extract<ReadPayload, { kind: 'read pull_request' }>
type Thing = Unread<'pull_request'>

/** Answers in which a pull request may come spoiled before it is a gap. */
const MOST_FAILURES = 3

interface Found {
  startedAt: Date
  fetched: Fetched[]
  again: Thing[]
  gone: Thing[]
  lost: { thing: Thing; reason: string }[]
}

/** Pull requests by their ids, of any repositories: changed ones, refreshed ones, and leftovers. */
export async function readPullRequests(task: Task<Payload>): Promise<Settlement> {
  const { item, payload } = task
  // Opened again after a gap: its part of the reading was given up then.
  const things = item.reread
    ? payload.things.map((thing) => ({ ...thing, readingId: null }))
    : payload.things
  const read = await splitOnFailure(task, things, () => fetchThings(task, things))
  if ('halves' in read)
    return async () => [
      { state: 'done', followUps: read.halves.map((half) => readItem('pull_request', half)) },
    ]
  if ('error' in read) {
    if (item.attempts + 1 < MAX_ATTEMPTS) throw read.error
    const lost = things.map((thing) => ({ thing, reason: read.error.message }))
    return (tx) =>
      settleFound(tx, task, { startedAt: new Date(), fetched: [], again: [], gone: [], lost })
  }
  return (tx) => settleFound(tx, task, read.value)
}

async function fetchThings(task: Task<Payload>, things: Thing[]): Promise<Found> {
  const { pool, item } = task
  const clock = await pool.query<{ now: Date }>('select clock_timestamp() as now')
  const query = things.length === 1 ? WHOLE_PULL_REQUEST : PULL_REQUESTS_BY_ID
  const ids = things.map((thing) => thing.id)
  const answer = await askForPullRequests(task, query, { ids })
  const sorted = sortNodes(answer.data.nodes, answer.errors, ['nodes'], [...LISTS])
  const at = (index: number) => things[index] as Thing
  const nodes = sorted.whole.map(({ node }) => node.repository.id)
  const known = await findRepositories(pool, item.installationId, [...new Set(nodes)])
  const found: Found = {
    startedAt: clock.rows[0]?.now as Date,
    fetched: [],
    again: sorted.spoiled.map(at),
    gone: sorted.gone.map(at),
    lost: sorted.refused.map(({ index, message }) => ({ thing: at(index), reason: message })),
  }
  for (const { index, node } of sorted.whole) {
    const thing = at(index)
    const repositoryId = known.get(node.repository.id)?.id
    if (repositoryId) found.fetched.push({ node, repositoryId, readingId: thing.readingId })
    else found.lost.push({ thing, reason: 'It belongs to a repository that is not synced' })
  }
  return found
}

async function settleFound(tx: Queryable, task: Task<Payload>, found: Found): Promise<Outcome[]> {
  const { item } = task
  const { fetched, startedAt } = found
  const followUps: NewItem[] = await storePullRequests(tx, item.runId, fetched, {
    startedAt,
    after: item.key,
  })
  const again = found.again.map((thing) => ({ ...thing, failures: (thing.failures ?? 0) + 1 }))
  const worn = again.filter((thing) => thing.failures > MOST_FAILURES)
  const missing = found.gone.filter((thing) => !thing.notFound)
  const retried = [
    ...again.filter((thing) => thing.failures <= MOST_FAILURES),
    ...missing.map((thing) => ({ ...thing, notFound: true })),
  ]
  if (retried.length > 0) followUps.push(readItem('pull_request', retried))
  // The second time that GitHub does not know an id is believed.
  const gone = found.gone.filter((thing) => thing.notFound)
  await removePullRequests(
    tx,
    gone.map((thing) => thing.id),
  )
  const lost = [
    ...found.lost,
    ...worn.map((thing) => ({ thing, reason: 'GitHub returns only part of it' })),
  ]
  const names = await giveUpPullRequests(
    tx,
    item.runId,
    lost.map(({ thing, reason }) => ({
      nodeId: thing.id,
      repositoryId: thing.repositoryId,
      reason,
    })),
  )
  await endParts(tx, [...gone, ...lost.map(({ thing }) => thing)])
  const [first] = lost
  if (!first) return [{ state: 'done', followUps }]
  return [{ state: 'gap', subject: names.join(', '), message: first.reason, followUps }]
}

async function endParts(tx: Queryable, things: Thing[]): Promise<void> {
  await changeParts(
    tx,
    things.flatMap(({ readingId }) => (readingId ? [{ readingId, parts: -1 }] : [])),
  )
}
