import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { storedContent } from '../../support/content/stored-content.ts'
import { actor, issueNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import {
  addRepository,
  openStore,
  type Store,
  takeAndTransform,
  transform,
} from '../../support/records.ts'

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
afterAll(() => store[Symbol.asyncDispose]())

async function stored() {
  return (await storedContent(store.pool, store.installationId)).pullRequests
}

test('a pull request is stored field by field', async () => {
  expect(await takeAndTransform(store, repositoryId, pullRequestNode())).toMatchObject([
    { state: 'done' },
  ])
  expect(await stored()).toMatchObject([
    {
      id: 'PR_1',
      number: 1,
      title: 'Cool the boiler',
      state: 'MERGED',
      author: 'ada',
      mergedBy: 'bob',
      assignees: ['cyd'],
      labels: ['heat'],
      milestone: 'Spring',
      headRepository: 'ada/engine',
      closingIssues: ['acme/plans#7 Too hot'],
      reviewDecision: 'APPROVED',
      rollupState: 'SUCCESS',
    },
  ])
})

const NULLABLE = [
  'author',
  'closedAt',
  'mergedAt',
  'mergedBy',
  'mergeCommit',
  'headRepository',
  'milestone',
  'reviewDecision',
  'statusCheckRollup',
  'labels',
  'assignees',
  'closingIssuesReferences',
  'commits',
  'reviews',
  'reviewThreads',
  'comments',
] as const satisfies (keyof PullRequestNode)[]

test.each(NULLABLE)('a pull request without %s is stored', async (field) => {
  const node = pullRequestNode({ number: 2, title: `No ${field}`, [field]: null })
  await takeAndTransform(store, repositoryId, node)
  expect((await stored()).map((one) => one.title)).toContain(`No ${field}`)
})

test('a list that GitHub withholds is unknown, and does not make the pull request incomplete', async () => {
  const node = pullRequestNode({ number: 3, reviews: null })
  delete node.commits
  expect(await takeAndTransform(store, repositoryId, node)).toMatchObject([{ state: 'done' }])
  const { rows } = await store.pool.query(
    `select is_complete, completeness from pull_request where number = 3`,
  )
  const reason = 'GitHub withholds this list because a permission is missing'
  expect(rows[0]).toMatchObject({
    isComplete: true,
    completeness: {
      reviews: { total: null, state: 'unknown', reason },
      commits: { total: null, state: 'unknown', reason },
      comments: { total: 0, stored: 0, state: 'complete' },
    },
  })
})

test('the login of a bot gets [bot] exactly once', async () => {
  const authors = [actor('robot', 'Bot'), actor('mill[bot]', 'Bot')]
  for (const [index, author] of authors.entries())
    await takeAndTransform(store, repositoryId, pullRequestNode({ number: 40 + index, author }))
  const found = (await stored()).filter((one) => one.number >= 40)
  expect(found.map((one) => one.author)).toEqual(['robot[bot]', 'mill[bot]'])
})

test('text that PostgreSQL cannot store is cleaned, and long text is kept in full', async () => {
  const title = 'before\0after \ud800 end'
  const body = `${'word '.repeat(13_107)}!`
  const hostile = pullRequestNode({
    number: 50,
    title,
    body: body.slice(0, 65_536),
    labels: listOf([{ name: '\0' }, { name: '{"a",\\b}' }, { name: '' }]),
    closingIssuesReferences: listOf([issueNode({ number: 1, title: '\udfff\0' })]),
  })
  await takeAndTransform(store, repositoryId, hostile)
  const found = (await stored()).find((one) => one.number === 50)
  expect(found?.title).toBe('beforeafter \ufffd end')
  expect(found?.body).toHaveLength(65_536)
  expect(found?.labels).toEqual(['', '{"a",\\b}', ''])
  expect(found?.closingIssues).toEqual(['acme/plans#1 \ufffd'])
})

test('repeating a snapshot changes nothing and is a no-op', async () => {
  const before = await stored()
  const { rows } = await store.pool.query<{ id: string }>(
    'select id from raw_record where snapshot_id is not null',
  )
  const outcomes = await transform(
    store,
    rows.map((row) => row.id),
  )
  expect(outcomes.every((one) => one.state === 'done' && !one.followUps?.length)).toBe(true)
  expect(await stored()).toEqual(before)
})
