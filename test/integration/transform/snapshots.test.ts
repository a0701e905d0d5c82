import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NewItem, Outcome } from '#app/ledger/work-items.ts'
import { openRepositorySync } from '#app/sync/window/repository-syncs.ts'
import { failSnapshots } from '#app/sync/window/snapshots.ts'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import {
  commentNode,
  commitNode,
  fileNode,
  issueNode,
  listOf,
  pullRequestNode,
  reviewCommentNode,
  reviewNode,
  threadNode,
} from '../../support/nodes.ts'
import {
  addRepository,
  cutIntoRecords,
  openStore,
  type Store,
  takeAndTransform,
  takeSnapshot,
  transform,
} from '../../support/records.ts'

const RUNS = 15
const [FIRST, SECOND, THIRD] = ['2026-03-01', '2026-03-02', '2026-03-03'].map(
  (day) => new Date(`${day}T10:00:00.123Z`),
) as [Date, Date, Date]

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
beforeEach(empty)
afterAll(() => store[Symbol.asyncDispose]())

function empty() {
  return store.pool.query(
    `truncate pull_request, commit, snapshot, repository_sync, gap, tombstone, github_user cascade`,
  )
}

async function everything() {
  const { pool, installationId } = store
  const { rows } = await pool.query(
    'select node_id, completeness, is_complete, checked_at, read_at from pull_request order by 1',
  )
  const content = await storedContent(pool, installationId)
  return { content, passages: await storedPassages(pool), pullRequests: rows }
}

function rich(number = 1) {
  const threads = [1, 2, 3].map((n) =>
    threadNode(n, [reviewCommentNode(2 * n), reviewCommentNode(2 * n + 1)], { line: n }),
  )
  return pullRequestNode({
    number,
    commits: listOf([4, 2, 3, 1].map((n) => commitNode(n))),
    reviews: listOf([1, 2, 3].map((n) => reviewNode(n))),
    reviewThreads: listOf(threads),
    comments: listOf([1, 2, 3].map((n) => commentNode(n))),
    files: listOf([3, 1, 2].map((n) => fileNode(n))),
  })
}

function embeddingsOf(outcomes: Outcome[]): NewItem[] {
  return outcomes.flatMap((one) => ('followUps' in one ? (one.followUps ?? []) : []))
}

test('any order and any split of the records give the same rows, and one embedding', async () => {
  await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
  const expected = await everything()
  const orders = fc.record({
    page: fc.integer({ min: 1, max: 5 }),
    threads: fc.integer({ min: 1, max: 4 }),
    inline: fc.boolean(),
    order: fc.array(fc.double({ noNaN: true }), { minLength: 20, maxLength: 20 }),
    batch: fc.integer({ min: 1, max: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(orders, async ({ order, batch, ...cut }) => {
      await empty()
      const records = cutIntoRecords(rich(), cut)
      const taken = await takeSnapshot(store, repositoryId, rich(), { startedAt: FIRST, records })
      const ids = taken.recordIds
        .map((id, index) => ({ id, rank: order[index] ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ id }) => id)
      const outcomes: Outcome[] = []
      for (let start = 0; start < ids.length; start += batch)
        outcomes.push(...(await transform(store, ids.slice(start, start + batch))))
      expect(await everything()).toEqual(expected)
      expect(embeddingsOf(outcomes)).toMatchObject([
        { key: `snapshot:${taken.id}`, payload: { snapshotId: taken.id } },
      ])
      expect(outcomes.every((one) => one.state === 'done')).toBe(true)
    }),
    { numRuns: RUNS },
  )
})

test('concurrent batches give the same rows', async () => {
  await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
  const expected = await everything()
  await empty()
  const records = cutIntoRecords(rich(), { page: 1, threads: 1 })
  const { recordIds } = await takeSnapshot(store, repositoryId, rich(), {
    startedAt: FIRST,
    records,
  })
  const outcomes = await Promise.all(recordIds.map((id) => transform(store, [id])))
  expect(await everything()).toEqual(expected)
  expect(embeddingsOf(outcomes.flat())).toHaveLength(1)
})

describe('timestamps', () => {
  test('an older snapshot never overwrites a later one, and is superseded', async () => {
    const old = await takeSnapshot(store, repositoryId, rich(), { startedAt: FIRST })
    const node = pullRequestNode({ title: 'Later', comments: listOf([commentNode(9)]) })
    await takeAndTransform(store, repositoryId, node, { startedAt: SECOND })
    const expected = await everything()
    expect(await transform(store, old.recordIds)).toEqual(
      old.recordIds.map(() => ({ state: 'done' })),
    )
    expect(await everything()).toEqual(expected)
    const { rows } = await store.pool.query('select state from snapshot order by id')
    expect(rows).toEqual([{ state: 'superseded' }, { state: 'complete' }])
  })

  test('two snapshots in one batch leave the result of the later one', async () => {
    const old = await takeSnapshot(store, repositoryId, rich(), { startedAt: FIRST })
    const node = { ...rich(), comments: listOf([commentNode(2, { body: 'edited' })]) }
    const later = await takeSnapshot(store, repositoryId, node, { startedAt: SECOND })
    await transform(store, [...later.recordIds, ...old.recordIds])
    const { content } = await everything()
    expect(content.comments).toMatchObject([{ id: 'IC_2', body: 'edited' }])
    expect(content.reviews).toHaveLength(3)
  })

  test('a snapshot that started earlier but is opened later has no effect', async () => {
    await takeAndTransform(store, repositoryId, pullRequestNode({ title: 'B' }), {
      startedAt: SECOND,
    })
    await takeAndTransform(store, repositoryId, pullRequestNode({ title: 'A' }), {
      startedAt: FIRST,
    })
    const { rows } = await store.pool.query('select title from pull_request')
    expect(rows).toEqual([{ title: 'B' }])
    const states = await store.pool.query('select state from snapshot order by started_at')
    expect(states.rows).toEqual([{ state: 'superseded' }, { state: 'complete' }])
  })

  test('rows of a failed snapshot are written, nothing completes, and the next one embeds them', async () => {
    const { id, recordIds } = await takeSnapshot(store, repositoryId, rich(), { startedAt: FIRST })
    await failSnapshots(store.pool, [id])
    expect(embeddingsOf(await transform(store, recordIds))).toEqual([])
    expect((await everything()).content.reviews).toHaveLength(3)
    const outcomes = await takeAndTransform(store, repositoryId, rich(), { startedAt: SECOND })
    expect(embeddingsOf(outcomes)).toHaveLength(1)
    const again = await takeAndTransform(store, repositoryId, rich(), { startedAt: THIRD })
    expect(embeddingsOf(again)).toEqual([])
  })

  test('a repository sync ends with its last snapshot, whatever its result', async () => {
    const repositorySyncId = (await openRepositorySync(store.pool, store.runId, {
      repositoryId,
      startedAt: FIRST,
      since: FIRST,
      expected: 2,
      parts: 2,
      reached: FIRST,
      oldestCursor: null,
    })) as string
    const old = await takeSnapshot(store, repositoryId, rich(), {
      startedAt: FIRST,
      repositorySyncId,
    })
    const later = await takeSnapshot(store, repositoryId, rich(), {
      startedAt: SECOND,
      repositorySyncId,
    })
    await transform(store, later.recordIds)
    await transform(store, old.recordIds)
    const { rows } = await store.pool.query(
      'select open_parts, closed_at is not null as closed from repository_sync',
    )
    expect(rows).toEqual([{ openParts: 0, closed: true }])
  })
})

describe('deletion', () => {
  test('objects missing from a complete list are deleted and leave a tombstone', async () => {
    await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
    const node = rich()
    for (const list of [node.reviews, node.reviewThreads, node.comments]) {
      if (!list) continue
      list.nodes.pop()
      list.totalCount--
    }
    const outcomes = await takeAndTransform(store, repositoryId, node, { startedAt: SECOND })
    expect(embeddingsOf(outcomes)).toHaveLength(1)
    const { content, passages } = await everything()
    expect(content.reviews).toHaveLength(2)
    expect(content.reviewThreads).toHaveLength(2)
    expect(content.reviewComments).toHaveLength(4)
    expect(content.comments).toHaveLength(2)
    expect(passages).toHaveLength(2 + 4 + 2 + 4 + 2)
    const { rows } = await store.pool.query<{ kind: string; nodeId: string }>(
      'select kind, node_id from tombstone order by 1, 2',
    )
    expect(rows.map((row) => `${row.kind} ${row.nodeId}`)).toEqual([
      'comment IC_3',
      'review PRR_3',
      'review_comment PRRC_6',
      'review_comment PRRC_7',
      'review_thread PRRT_3',
    ])
  })

  test('a partial list deletes nothing and is a gap by name', async () => {
    await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
    const node = { ...rich(), reviews: listOf([reviewNode(1), null as never], 2) }
    const outcomes = await takeAndTransform(store, repositoryId, node, { startedAt: SECOND })
    expect(outcomes.at(-1)).toMatchObject({
      state: 'gap',
      subject: 'acme/engine#1',
      message: '1 of 2 reviews',
    })
    expect((await everything()).content.reviews).toHaveLength(3)
    const { rows } = await store.pool.query('select kind, node_id, name, reason from gap')
    expect(rows).toEqual([
      { kind: 'pull_request', nodeId: 'PR_1', name: 'acme/engine#1', reason: '1 of 2 reviews' },
    ])
    await takeAndTransform(store, repositoryId, rich(), { startedAt: THIRD })
    expect((await store.pool.query('select from gap')).rowCount).toBe(0)
  })

  test('a list that GitHub withholds keeps its rows', async () => {
    await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
    const node = { ...rich(), comments: null }
    expect(await takeAndTransform(store, repositoryId, node, { startedAt: SECOND })).toMatchObject([
      { state: 'done' },
      { state: 'done' },
    ])
    const { content, passages } = await everything()
    expect(content.comments).toHaveLength(3)
    expect(passages.filter((one) => one.kind === 'comment')).toHaveLength(3)
  })

  test('a suddenly empty list is trusted the second time', async () => {
    await takeAndTransform(store, repositoryId, rich(), { startedAt: FIRST })
    const node = { ...rich(), reviews: listOf([]) }
    const outcomes = await takeAndTransform(store, repositoryId, node, { startedAt: SECOND })
    const message = 'GitHub returned 3 reviews before but none now, so the list is read again'
    expect(outcomes.at(-1)).toMatchObject({ state: 'gap', message })
    const { content, passages, pullRequests } = await everything()
    expect(content.reviews).toHaveLength(3)
    expect(passages.filter((one) => one.kind === 'review')).toHaveLength(3)
    expect(pullRequests[0]).toMatchObject({
      isComplete: false,
      completeness: { reviews: { total: 0, stored: 3, state: 'incomplete', suspect: true } },
    })
    await takeAndTransform(store, repositoryId, node, { startedAt: THIRD })
    const after = await everything()
    expect(after.content.reviews).toEqual([])
    expect(after.passages.filter((one) => one.kind === 'review')).toEqual([])
    expect(after.pullRequests[0]).toMatchObject({ isComplete: true })
    expect((await store.pool.query('select from gap')).rowCount).toBe(0)
  })

  test('more than 100 closing issues are a gap', async () => {
    const issues = Array.from({ length: 100 }, (_, n) => issueNode({ number: n + 1 }))
    const node = pullRequestNode({ closingIssuesReferences: listOf(issues, 134) })
    expect(await takeAndTransform(store, repositoryId, node)).toMatchObject([
      { state: 'gap', message: '100 of 134 closing issues' },
    ])
  })
})

test('records that were deleted, or whose snapshot was, are a no-op', async () => {
  const { recordIds } = await takeSnapshot(store, repositoryId, rich())
  await store.pool.query('delete from raw_record where id = $1', [recordIds[0]])
  await store.pool.query('delete from snapshot')
  expect(await transform(store, recordIds)).toEqual(recordIds.map(() => ({ state: 'done' })))
  expect((await everything()).content.pullRequests).toEqual([])
})
