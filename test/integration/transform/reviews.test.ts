import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReviewNode } from '#app/github/queries/conversation.ts'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import { listOf, pullRequestNode, reviewNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
afterAll(() => store[Symbol.asyncDispose]())

async function storeReview(given: Partial<ReviewNode>) {
  const node = pullRequestNode({ reviews: listOf([reviewNode(1, given)]) })
  await takeAndTransform(store, repositoryId, node)
  return (await storedContent(store.pool, store.installationId)).reviews
}

test('a review is stored, and its text is searchable', async () => {
  expect(await storeReview({ state: 'CHANGES_REQUESTED' })).toMatchObject([
    { id: 'PRR_1', pullRequestId: 'PR_1', author: 'bob', state: 'CHANGES_REQUESTED' },
  ])
  expect(await storedPassages(store.pool)).toContainEqual(
    expect.objectContaining({ kind: 'review', sourceId: 'PRR_1', text: 'What PRR_1 says' }),
  )
})

test('a review without text has no passage', async () => {
  await storeReview({ body: '' })
  const passages = await storedPassages(store.pool)
  expect(passages.filter((one) => one.kind === 'review')).toEqual([])
})

test.each(['author', 'submittedAt', 'commit'] as const)(
  'a review without %s is stored',
  async (field) => {
    expect(await storeReview({ [field]: null })).toMatchObject([{ [field]: null }])
  },
)
