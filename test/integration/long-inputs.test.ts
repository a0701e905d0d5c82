import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { embedMissing } from '#app/embeddings/embed-missing.ts'
import { countLongPassages } from '#app/embeddings/long-inputs.ts'
import {
  type EmbeddingConfig,
  resolveProvider,
} from '#app/embeddings/providers/resolve-provider.ts'
import { activeSpace } from '#app/embeddings/spaces.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import { openQueryVectors } from '#app/search/vector/query-vector.ts'
import { startOpenaiStandIn } from '../openai/stand-in.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { addPassages, addRepository } from '../support/github-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'

const SENTENCE = 'The quote cache was dropped because its hit rate never passed eleven percent. '
const LONG = SENTENCE.repeat(25)
const TEXTS = ['A short one', `${LONG}It ends here.`, `${LONG}Nothing like it.`]
const signal = new AbortController().signal

let services: TestServices
let pool: Pool
let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
let config: EmbeddingConfig

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  standIn = await startOpenaiStandIn()
  config = { EMBEDDING_PROVIDER: 'openai', OPENAI_BASE_URL: standIn.url, EMBEDDING_DIMENSIONS: 8 }
})
afterAll(async () => {
  await standIn.close()
  await services.close()
})
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where starts_with(key, 'embedding')`)
  Object.assign(standIn, { requests: [], context: null })
  const installation = await addInstallation(services.services.database)
  const repositoryId = await addRepository(pool, installation, 'acme/anvil')
  await addPassages(pool, { repositoryId }, TEXTS)
})

function embedAll(): Promise<number> {
  const { logger } = services.services
  return embedMissing({ pool, config, provider: resolveProvider(config), logger, signal })
}

async function vectors(): Promise<string[]> {
  const { rows } = await pool.query<{ vector: string }>('select vector::text from embedding')
  return rows.map(({ vector }) => vector)
}

function longestSent(): number {
  return Math.max(...standIn.requests.flatMap(({ inputs }) => inputs.map(countTokens)))
}

describe.each(['refused', 'cut'] as const)(
  'a passage beyond the limit of the model (%s)',
  (longer) => {
    beforeEach(() => {
      standIn.context = { tokens: 256, longer }
    })

    test('is embedded to its end, in parts', async () => {
      expect(await embedAll()).toBe(TEXTS.length)
      expect(new Set(await vectors()).size).toBe(TEXTS.length)
      expect(await activeSpace(pool)).toMatchObject({ inputTokens: 192 })
      expect(await countLongPassages(pool, 192)).toEqual({ all: 3, long: 2 })
    })

    test('causes the limit to be measured once', async () => {
      await embedAll()
      standIn.requests = []
      await pool.query('delete from embedding')
      await embedAll()
      expect(longestSent()).toBeLessThanOrEqual(192)
      expect(standIn.requests).toHaveLength(1)
    })

    test('is searched for by a query that is as long', async () => {
      await embedAll()
      standIn.requests = []
      const found = await openQueryVectors(config)(await activeSpace(pool), LONG)
      expect(found.reason).toBeNull()
      expect(longestSent()).toBeLessThanOrEqual(192)
    })
  },
)

test('a model that reads every passage gets them whole', async () => {
  await embedAll()
  expect(await activeSpace(pool)).toMatchObject({ inputTokens: 400 })
  expect(standIn.requests.at(-1)?.inputs).toEqual(TEXTS)
  expect(standIn.requests).toHaveLength(3)
})

test('short passages are sent without measuring', async () => {
  await pool.query('delete from passage where tokens > 48')
  await embedAll()
  expect(standIn.requests).toHaveLength(1)
  expect(await activeSpace(pool)).toMatchObject({ inputTokens: null })
})

test('a provider that fails while it is measured is tried again later', async () => {
  standIn.troubles = [{ status: 503 }]
  await expect(embedAll()).rejects.toThrow('The provider answered HTTP 503')
  expect(await activeSpace(pool)).toMatchObject({ inputTokens: null })
})
