import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashEmail } from '#app/sync/tables/people.ts'
import { storedContent } from '../../support/content/stored-content.ts'
import { actor, commitNode, listOf, pullRequestNode } from '../../support/nodes.ts'
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
beforeEach(() => store.pool.query('truncate pull_request, commit cascade'))
afterAll(() => store[Symbol.asyncDispose]())

function content() {
  return storedContent(store.pool, store.installationId)
}

function withCommits(number: number, ...commits: ReturnType<typeof commitNode>[]) {
  return pullRequestNode({ number, commits: listOf(commits) })
}

test('commits keep the branch order across pages', async () => {
  const node = withCommits(1, ...[5, 3, 9, 1, 7].map((n) => commitNode(n)))
  await takeAndTransform(store, repositoryId, node, { records: cutIntoRecords(node, { page: 2 }) })
  const { pullRequests, commits } = await content()
  expect(pullRequests[0]?.commits).toEqual([5, 3, 9, 1, 7].map((n) => commitNode(n).commit.oid))
  expect(commits).toHaveLength(5)
})

test('an e-mail address is kept only as a hash', async () => {
  await takeAndTransform(store, repositoryId, withCommits(1, commitNode(1)))
  expect((await content()).commits).toMatchObject([
    { authorName: 'Ada', author: 'ada', authorEmail: hashEmail('ada@example.com') },
  ])
})

test.each([
  ['author', null],
  ['committer', null],
  ['author', { name: 'Nobody', email: 'nobody@example.com', user: null }],
  ['author', { name: null, email: null, user: null }],
  ['changedFilesIfAvailable', null],
])('a commit whose %s is %j is stored', async (field, value) => {
  await takeAndTransform(store, repositoryId, withCommits(1, commitNode(1, { [field]: value })))
  expect((await content()).commits).toHaveLength(1)
})

test('a bot stays a bot where the schema allows only users', async () => {
  const robot = actor('robot', 'Bot')
  const user = { ...actor('robot[bot]'), id: robot.id }
  const commit = commitNode(1, { author: { name: 'Robot', email: 'r@example.com', user } })
  const node = { ...withCommits(1, commit), author: robot }
  await takeAndTransform(store, repositoryId, node)
  const { rows } = await store.pool.query(
    `select login, kind from github_user where node_id = $1`,
    [robot.id],
  )
  expect(rows).toEqual([{ login: 'robot[bot]', kind: 'Bot' }])
})

test('a commit shared by several pull requests is deleted with the last of them', async () => {
  const [shared, own] = [commitNode(1), commitNode(2)]
  await takeAndTransform(store, repositoryId, withCommits(1, shared))
  await takeAndTransform(store, repositoryId, withCommits(2, shared, own))
  expect((await content()).commits).toHaveLength(2)
  await takeAndTransform(store, repositoryId, withCommits(1, commitNode(3)))
  const oids = async () => (await content()).commits.map((one) => Number(`0x${one.oid}`))
  expect(await oids()).toEqual([1, 2, 3])
  await takeAndTransform(store, repositoryId, withCommits(2, commitNode(4)))
  expect(await oids()).toEqual([3, 4])
  const { rows } = await store.pool.query(`select source_id from passage where kind = 'commit'`)
  expect(rows).toHaveLength(2)
})
