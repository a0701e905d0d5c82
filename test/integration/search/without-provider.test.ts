import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { ensureSpace } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPassages, addPullRequest, addRepository } from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { openSearchOf } from '../../support/search/search-of.ts'

const { signal } = new AbortController()
let services: TestServices
let repositoryId: string
let pullRequestId: string

beforeAll(async () => {
  services = await openTestServices()
  const { database } = services.services
  const installation = await addInstallation(database)
  repositoryId = await addRepository(database.pool, installation, 'acme/anvil')
  pullRequestId = await addPullRequest(database.pool, repositoryId, 1)
  await add('The quokka eats leaves', 'The quokka sleeps')
  const provider = hashProvider()
  const { id: spaceId } = await ensureSpace(database.pool, provider)
  const { rows } = await database.pool.query<Passage>(
    `select id, content_hash as "contentHash", text, tokens from passage`,
  )
  await embedPassages({ pool: database.pool, provider, spaceId, signal }, rows)
  await database.pool.query('update embedding_space set filled_at = now()')
})
afterAll(() => services.close())

async function add(...texts: string[]): Promise<void> {
  const { pool } = services.services.database
  await addPassages(pool, { repositoryId, pullRequestId }, texts)
  await fillWords(pool, signal)
}

async function warningsOf(provider: 'none' | 'hash', mode: SearchMode): Promise<string[]> {
  const search = openSearchOf(services.services.database.pool, { EMBEDDING_PROVIDER: provider })
  const answer = await search(operatorScope(), { query: 'quokka', mode, limit: 5 })
  expect(answer.hits).toHaveLength(1)
  expect(answer.mode).toBe(provider === 'hash' && mode === 'semantic' ? 'semantic' : 'keyword')
  return answer.warnings
}

function without(passages: number): string[] {
  return [
    `No embedding provider is configured (EMBEDDING_PROVIDER is none). The search used words only; ${passages} passages have no vector.`,
  ]
}

test('without a provider every answer except of a keyword search has a warning, with or without vectors', async () => {
  expect(await warningsOf('none', 'auto')).toEqual(without(0))
  expect(await warningsOf('none', 'semantic')).toEqual(without(0))
  expect(await warningsOf('none', 'keyword')).toEqual([])
})

test('the built-in provider causes no warning', async () => {
  expect(await warningsOf('hash', 'auto')).toEqual([])
  expect(await warningsOf('hash', 'semantic')).toEqual([])
})

test.each(['auto', 'semantic'] as const)(
  'a made-up word finds nothing in mode %s',
  async (mode) => {
    const search = openSearchOf(services.services.database.pool, { EMBEDDING_PROVIDER: 'hash' })
    const answer = await search(operatorScope(), { query: 'xyzzyplugh', mode, limit: 5 })
    expect(answer).toMatchObject({ hits: [], total: { count: 0, isExact: true }, warnings: [] })
  },
)

test('the number counts the passages added since', async () => {
  await add('A quokka again', 'And one more')
  expect(await warningsOf('none', 'auto')).toEqual(without(2))
})
