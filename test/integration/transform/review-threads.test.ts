import { afterAll, beforeAll, expect, test } from 'vitest'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import { listOf, pullRequestNode, reviewCommentNode, threadNode } from '../../support/nodes.ts'
import {
  addRepository,
  cutIntoRecords,
  openStore,
  type Store,
  takeAndTransform,
} from '../../support/records.ts'

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
  repositoryId = await addRepository(store)
})
afterAll(() => store[Symbol.asyncDispose]())

function content() {
  return storedContent(store.pool, store.installationId)
}

test.each([true, false])('a thread and its comments are stored, inline: %s', async (inline) => {
  const comments = [reviewCommentNode(1), reviewCommentNode(2, { replyTo: { id: 'PRRC_1' } })]
  const node = pullRequestNode({ reviewThreads: listOf([threadNode(1, comments)]) })
  await takeAndTransform(store, repositoryId, node, { records: cutIntoRecords(node, { inline }) })
  const { reviewThreads, reviewComments } = await content()
  expect(reviewThreads).toMatchObject([
    { id: 'PRRT_1', path: 'src/boiler.rs', line: 12, isResolved: true, resolvedBy: 'cyd' },
  ])
  expect(reviewComments).toMatchObject([
    { id: 'PRRC_1', threadId: 'PRRT_1', reviewId: 'PRR_1', replyTo: null },
    { id: 'PRRC_2', threadId: 'PRRT_1', replyTo: 'PRRC_1', diffHunk: '@@ -1 +1 @@' },
  ])
  const passages = (await storedPassages(store.pool)).filter((one) => one.kind === 'review_comment')
  expect(passages).toMatchObject([
    { path: 'src/boiler.rs', line: 12 },
    { path: 'src/boiler.rs', line: 12 },
  ])
})

test.each(['line', 'resolvedBy'] as const)('a thread without %s is stored', async (field) => {
  const node = pullRequestNode({ reviewThreads: listOf([threadNode(1, [], { [field]: null })]) })
  await takeAndTransform(store, repositoryId, node)
  expect((await content()).reviewThreads).toMatchObject([{ [field]: null }])
})

test.each(['author', 'replyTo', 'pullRequestReview'] as const)(
  'a review comment without %s is stored',
  async (field) => {
    const comment = reviewCommentNode(5, { [field]: null })
    const node = pullRequestNode({ reviewThreads: listOf([threadNode(1, [comment])]) })
    await takeAndTransform(store, repositoryId, node)
    expect((await content()).reviewComments).toMatchObject([{ id: 'PRRC_5' }])
  },
)
