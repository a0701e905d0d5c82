import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { fileNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'

const [FIRST, SECOND] = ['2026-03-01', '2026-03-02'].map(
  (day) => new Date(`${day}T10:00:00.123Z`),
) as [Date, Date]

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
beforeEach(() => store.pool.query('truncate pull_request, snapshot, gap cascade'))
afterAll(() => store[Symbol.asyncDispose]())

function take(given: Partial<PullRequestNode>, startedAt = FIRST) {
  const changedFiles = given.files?.totalCount ?? 2
  const node = pullRequestNode({ changedFiles, headRefOid: 'a'.repeat(40), ...given })
  return takeAndTransform(store, repositoryId, node, { startedAt })
}

async function stored() {
  const files = await store.pool.query<{ path: string }>(
    'select path from pull_request_file order by place',
  )
  const states = await store.pool.query<{ list: object; isComplete: boolean }>(
    `select completeness -> 'files' as list, is_complete from pull_request`,
  )
  return { paths: files.rows.map(({ path }) => path), ...states.rows[0] }
}

function numbered(count: number) {
  return Array.from({ length: count }, (_, index) => fileNode(index))
}

test('a list is stored in order, with its source and head', async () => {
  await take({ files: listOf([fileNode(2), fileNode(1, { changeType: 'ADDED' })]) })
  expect(await stored()).toEqual({
    paths: ['src/file-2.ts', 'src/file-1.ts'],
    list: { total: 2, stored: 2, state: 'complete', source: 'github', head: 'a'.repeat(40) },
    isComplete: true,
  })
  const { rows } = await store.pool.query(
    'select change_type, additions, previous_path from pull_request_file where place = 1',
  )
  expect(rows).toEqual([{ changeType: 'ADDED', additions: 1, previousPath: null }])
})

test('the list of a later head replaces the one before, and a late record changes nothing', async () => {
  await take({ files: listOf(numbered(5)) })
  const later = { headRefOid: 'b'.repeat(40), files: listOf([fileNode(9)]) }
  await take(later, SECOND)
  const expected = await stored()
  expect(expected).toMatchObject({
    paths: ['src/file-9.ts'],
    list: { total: 1, state: 'complete', head: 'b'.repeat(40) },
  })
  await take({ files: listOf(numbered(7)) }, FIRST)
  expect(await stored()).toEqual(expected)
})

test('a path may be as long as git allows, and stand in a list twice', async () => {
  const path = Array.from({ length: 512 }, () => Math.random().toString(36).slice(2, 9)).join('/')
  await take({ files: listOf([fileNode(1, { path }), fileNode(1, { path })]) })
  expect(await stored()).toMatchObject({ paths: [path, path], list: { state: 'complete' } })
})

test('a missing file is a gap, and what GitHub never lists is not', async () => {
  await take({ files: listOf(numbered(2), 3) })
  expect(await stored()).toMatchObject({
    list: { total: 3, stored: 2, state: 'incomplete', reason: '2 of 3 changed files' },
    isComplete: false,
  })
  await take({ files: listOf(numbered(3_000), 3_002) }, SECOND)
  expect(await stored()).toMatchObject({
    list: {
      ...{ total: 3_002, stored: 3_000, state: 'incomplete', settled: true },
      reason: '3000 of 3002 changed files: GitHub lists no more',
    },
    isComplete: true,
  })
})

test('a list that was not requested is unknown, keeps what is stored, and is no gap', async () => {
  await take({ files: listOf(numbered(2)) })
  await take({ headRefOid: 'b'.repeat(40) }, SECOND)
  expect(await stored()).toEqual({
    paths: ['src/file-0.ts', 'src/file-1.ts'],
    list: {
      ...{ total: null, stored: 2, state: 'unknown', source: 'github', head: 'a'.repeat(40) },
      reason: 'Whence has not requested this list from GitHub',
    },
    isComplete: true,
  })
})
