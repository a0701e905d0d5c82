import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import { pullRequestNode, repositoryNode } from '../../support/nodes.ts'
import {
  addRepository,
  addRun,
  openStore,
  type Store,
  takeAndTransform,
  transformRepository,
} from '../../support/records.ts'
import { addInstallation } from '../../support/rehearsal.ts'

let store: Store
beforeAll(async () => {
  store = await openStore()
})
beforeEach(() => store.pool.query('truncate repository cascade'))
afterAll(() => store[Symbol.asyncDispose]())

const HELD = { totalCount: 1, nodes: [{ id: 'PR_1', updatedAt: '2026-01-02T03:04:05Z' }] }

test('a repository is stored, searchable, and its pull requests are read next', async () => {
  const node = repositoryNode({ pullRequests: HELD })
  const outcome = await transformRepository(store, node, { topics: ['steam'] })
  expect(await storedContent(store.pool, store.installationId)).toMatchObject({
    repositories: [
      { id: 'R_engine', fullName: 'acme/engine', language: 'Rust', topics: ['steam'] },
    ],
  })
  expect((await storedPassages(store.pool))[0]?.text).toMatch(
    /acme\/engine.*An engine.*steam.*Rust/s,
  )
  const places = outcome.state === 'done' ? outcome.followUps?.map((item) => item.place) : []
  expect(places).toContain('github_repositories/embedding')
  expect(places).toContain('github_prs_commits_reviews_comments/extraction')
})

test('the number that REST gives a repository has 64 bits, and stays if REST does not name it', async () => {
  const databaseId = '9007199254740991'
  await transformRepository(store, repositoryNode(), { databaseId })
  await transformRepository(store, repositoryNode())
  const { rows } = await store.pool.query('select database_id from repository')
  expect(rows).toEqual([{ databaseId }])
})

test('a repository that REST never named has no number', async () => {
  await transformRepository(store, repositoryNode())
  const { rows } = await store.pool.query('select database_id from repository')
  expect(rows).toEqual([{ databaseId: null }])
})

test('a repository with unchanged text is not embedded again', async () => {
  await transformRepository(store, repositoryNode())
  expect(await transformRepository(store, repositoryNode())).toEqual({
    state: 'done',
    followUps: [],
  })
})

test.each(['description', 'defaultBranchRef', 'primaryLanguage', 'pushedAt'] as const)(
  'a repository without %s is stored',
  async (field) => {
    await transformRepository(store, repositoryNode({ [field]: null }))
    expect((await storedContent(store.pool, store.installationId)).repositories).toHaveLength(1)
  },
)

test('withheld pull requests are a gap that names the permission', async () => {
  const outcome = await transformRepository(store, repositoryNode({ pullRequests: null }))
  expect(outcome).toMatchObject({
    state: 'gap',
    subject: 'acme/engine',
    message: expect.stringContaining('permission to read "Pull requests"'),
  })
})

test('a suddenly empty repository is not trusted, and nothing of it is read', async () => {
  const repositoryId = await addRepository(store)
  await takeAndTransform(store, repositoryId, pullRequestNode())
  const outcome = await transformRepository(store, repositoryNode())
  expect(outcome).toEqual({
    state: 'gap',
    subject: 'acme/engine',
    message: 'GitHub returned no pull requests, but 1 are stored',
    followUps: [],
  })
  await transformRepository(store, repositoryNode({ pullRequests: HELD }))
  expect((await store.pool.query('select from gap')).rowCount).toBe(0)
})

test('an older record never overwrites a later one', async () => {
  const later = new Date('2026-05-02')
  await transformRepository(store, repositoryNode({ description: 'new' }), { at: later })
  const earlier = new Date('2026-05-01')
  await transformRepository(store, repositoryNode({ description: 'old' }), { at: earlier })
  const { repositories } = await storedContent(store.pool, store.installationId)
  expect(repositories[0]?.description).toBe('new')
})

describe('a repository that another installation holds', () => {
  async function other(kind: 'app' | 'token'): Promise<Store> {
    const installationId = await addInstallation({ pool: store.pool } as never)
    await store.pool.query('update installation set kind = $2 where id = $1', [
      installationId,
      kind,
    ])
    return { ...store, installationId, runId: await addRun(store.pool, installationId) }
  }

  async function holder(): Promise<string> {
    const { rows } = await store.pool.query<{ installationId: string }>(
      'select installation_id from repository',
    )
    return rows[0]?.installationId as string
  }

  test('stays with it, and the second claim is rejected with the reason', async () => {
    const second = await other('app')
    await transformRepository(store, repositoryNode())
    expect(await transformRepository(second, repositoryNode())).toEqual({
      state: 'gap',
      subject: 'acme/engine',
      message: 'acme/engine already belongs to installation rehearsal',
    })
    expect(await holder()).toBe(store.installationId)
  })

  test('is taken over by the App from a token, but not vice versa', async () => {
    const token = await other('token')
    await transformRepository(token, repositoryNode())
    expect(await transformRepository(store, repositoryNode())).toMatchObject({ state: 'done' })
    expect(await holder()).toBe(store.installationId)
    expect(await transformRepository(token, repositoryNode())).toMatchObject({ state: 'gap' })
  })

  test.each([
    'update installation set active = false where id = $1',
    'update repository set hidden_at = now() where installation_id = $1',
  ])('is taken over after: %s', async (sql) => {
    const second = await other('app')
    await transformRepository(second, repositoryNode())
    await store.pool.query(sql, [second.installationId])
    expect(await transformRepository(store, repositoryNode())).toMatchObject({ state: 'done' })
    expect(await holder()).toBe(store.installationId)
    const { repositories } = await storedContent(store.pool, store.installationId)
    expect(repositories).toHaveLength(1)
  })
})
