import { afterAll, beforeAll, expect, test } from 'vitest'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import { commentNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
afterAll(() => store[Symbol.asyncDispose]())

test('a comment is stored with its passage, and so is one of a deleted account', async () => {
  const comments = listOf([commentNode(1), commentNode(2, { author: null })])
  await takeAndTransform(store, repositoryId, pullRequestNode({ comments }))
  const content = await storedContent(store.pool, store.installationId)
  expect(content.comments).toMatchObject([
    { id: 'IC_1', author: 'bob', body: 'What IC_1 says' },
    { id: 'IC_2', author: null },
  ])
  const passages = (await storedPassages(store.pool)).filter((one) => one.kind === 'comment')
  expect(passages).toMatchObject([
    { sourceId: 'IC_1', authorId: 'U_bob' },
    { sourceId: 'IC_2', authorId: null },
  ])
})

test('a shortened comment loses the surplus passages, and an emptied one all', async () => {
  const passages = async () =>
    (await storedPassages(store.pool)).filter((one) => one.kind === 'comment')
  const say = (body: string) =>
    takeAndTransform(
      store,
      repositoryId,
      pullRequestNode({ comments: listOf([commentNode(1, { body })]) }),
    )
  await say('A sentence of some length, again and again. '.repeat(150))
  expect((await passages()).length).toBeGreaterThan(2)
  await say('A sentence.')
  expect(await passages()).toMatchObject([{ part: 0, text: 'A sentence.' }])
  const [outcome] = await say('')
  expect(await passages()).toEqual([])
  expect(outcome).toMatchObject({
    state: 'done',
    followUps: [{ place: 'github_prs_commits_reviews_comments/embedding' }],
  })
})
