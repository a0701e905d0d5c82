import { fromSql } from 'pgvector'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import {
  type EmbeddingConfig,
  resolveProvider,
} from '#app/embeddings/providers/resolve-provider.ts'
import { activeSpace, chooseSpace, ensureSpace } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import { makeVector, startOpenaiStandIn } from '../openai/stand-in.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import {
  addPassages,
  addPullRequest,
  addRepository,
  changePassage,
} from '../support/github-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'

const { signal } = new AbortController()
const logger = createLogger('silent')
const HASH: EmbeddingConfig = { EMBEDDING_PROVIDER: 'auto' }

let services: TestServices
let pool: Pool
let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
let openai: EmbeddingConfig
let repository: string
let pull: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  standIn = await startOpenaiStandIn()
  openai = { EMBEDDING_PROVIDER: 'auto', OPENAI_BASE_URL: standIn.url, EMBEDDING_DIMENSIONS: 8 }
})
afterAll(async () => {
  await standIn.close()
  await services.close()
})
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where starts_with(key, 'embedding')`)
  Object.assign(standIn, { requests: [], troubles: [], always: null })
  const installation = await addInstallation(services.services.database)
  repository = await addRepository(pool, installation, 'acme/anvil')
  pull = await addPullRequest(pool, repository, 12)
})

function add(texts: string[]): Promise<string[]> {
  return addPassages(pool, { repositoryId: repository, pullRequestId: pull }, texts)
}

async function passagesOf(ids: string[]): Promise<Passage[]> {
  const { rows } = await pool.query<Passage>(
    `select id, content_hash as "contentHash", text, tokens from passage
     where id = any($1) order by id`,
    [ids],
  )
  return rows
}

async function open(config: EmbeddingConfig) {
  const provider = resolveProvider(config)
  if (!provider) throw new Error('a provider was wanted')
  return { pool, provider, spaceId: (await ensureSpace(pool, provider)).id, signal }
}

async function vectorOf(passageId: string, spaceId: string): Promise<number[] | null> {
  const { rows } = await pool.query<{ vector: string }>(
    'select vector::text from embedding where passage_id = $1 and space_id = $2',
    [passageId, spaceId],
  )
  return fromSql(rows[0]?.vector ?? null)
}

async function count(spaceId: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'select count(*)::int as n from embedding where space_id = $1',
    [spaceId],
  )
  return rows[0]?.n as number
}

function inputs(): string[][] {
  return standIn.requests.map((request) => request.inputs)
}

describe('passages', () => {
  test('get the vectors of their texts; equal texts are sent once', async () => {
    const ids = await add(['one', 'two', 'one'])
    const embedding = await open(openai)
    const result = await embedPassages(embedding, await passagesOf(ids))
    expect(result).toEqual({ refused: new Map(), stopped: null, rest: new Map() })
    expect(inputs()).toEqual([['one', 'two']])
    for (const [index, text] of ['one', 'two', 'one'].entries()) {
      const vector = (await vectorOf(ids[index] as string, embedding.spaceId)) ?? []
      for (const [place, value] of makeVector(text, 8).entries())
        expect(vector[place]).toBeCloseTo(value, 3)
    }
  })

  test('are not paid for again if the same installation has the same text', async () => {
    const embedding = await open(openai)
    await embedPassages(embedding, await passagesOf(await add(['one', 'two'])))
    const other = await addInstallation(services.services.database)
    const elsewhere = await addRepository(pool, other, 'other/anvil')
    const foreign = await addPassages(pool, { repositoryId: elsewhere }, ['one'])
    const own = await add(['one', 'three'])
    await embedPassages(embedding, await passagesOf([...own, ...foreign]))
    expect(inputs()).toEqual([
      ['one', 'two'],
      ['one', 'three'],
    ])
    expect(await count(embedding.spaceId)).toBe(5)
  })

  test('are left alone if deleted or changed before the response arrives', async () => {
    const ids = await add(['one', 'two', 'three'])
    const embedding = await open(openai)
    const passages = await passagesOf(ids)
    await pool.query('delete from passage where id = $1', [ids[0]])
    await changePassage(pool, ids[1] as string, 'another')
    await embedPassages(embedding, passages)
    expect(await count(embedding.spaceId)).toBe(1)
    await embedPassages(embedding, await passagesOf(ids))
    expect(inputs().at(-1)).toEqual(['another'])
    await changePassage(pool, ids[1] as string, 'again')
    await embedPassages(embedding, await passagesOf(ids))
    expect(await count(embedding.spaceId)).toBe(2)
    const [first = 0] = (await vectorOf(ids[1] as string, embedding.spaceId)) ?? []
    expect(first).toBeCloseTo(makeVector('again', 8)[0] as number, 3)
  })

  test.each(['marker', 'broken'] as const)(
    'are found among many if bad (%s), and the others get their vectors',
    async (kind) => {
      const bad = standIn[kind]
      const texts = Array.from({ length: 40 }, (_, n) =>
        n % 20 === 7 ? `${bad} ${n}` : `text ${n}`,
      )
      const ids = await add(texts)
      const embedding = await open(openai)
      const { refused, stopped } = await embedPassages(embedding, await passagesOf(ids))
      expect(stopped).toBeNull()
      expect([...refused.keys()]).toEqual([ids[7], ids[27]])
      expect(await count(embedding.spaceId)).toBe(38)
    },
  )

  test('wait for a rate-limited provider, and keep the vectors already paid for', async () => {
    const ids = await add(['one', 'two', 'three'])
    const embedding = await open(openai)
    const { provider } = embedding
    const small = { ...provider, limits: { ...provider.limits, inputs: 2 } }
    standIn.troubles.push(null, { status: 429, headers: { 'retry-after': '60' } })
    const passages = await passagesOf(ids)
    const { refused, stopped } = await embedPassages({ ...embedding, provider: small }, passages)
    expect(refused.size).toBe(0)
    expect(stopped?.error.name).toBe('ProviderUnavailableError')
    expect([...(stopped?.left ?? [])]).toEqual([ids[2]])
    expect(await count(embedding.spaceId)).toBe(2)
  })

  test('are not blamed if a provider rejects everything or returns only invalid vectors', async () => {
    const ids = await add(Array.from({ length: 100 }, (_, n) => `text ${n}`))
    const embedding = await open(openai)
    standIn.always = { status: 400 }
    const refusing = await embedPassages(embedding, await passagesOf(ids))
    expect([refusing.refused.size, refusing.stopped?.error.name]).toEqual([0, 'FatalError'])
    standIn.always = { spoil: 'null' }
    const spoiling = await embedPassages(embedding, await passagesOf(ids))
    expect([spoiling.refused.size, spoiling.stopped?.error.name]).toEqual([0, 'BrokenAnswerError'])
    expect(spoiling.stopped?.left.size).toBe(100)
    expect(standIn.requests.length).toBeLessThan(60)
  })
})

describe('a space', () => {
  function fill(config: EmbeddingConfig, stop = signal): Promise<void> {
    return fillSpace({ pool, config, provider: resolveProvider(config), logger, signal: stop })
  }

  test('is active immediately if it is the first', async () => {
    const { spaceId } = await open(HASH)
    expect(await activeSpace(pool)).toMatchObject({
      id: spaceId,
      provider: 'hash',
      dimensions: 256,
    })
  })

  test('of a new model is filled, then activated, and the old one is deleted', async () => {
    const ids = await add(['one', 'two', standIn.marker, 'three'])
    const { spaceId: old } = await open(HASH)
    await fill(HASH)
    expect(await count(old)).toBe(4)

    const { spaceId } = await open(openai)
    expect((await activeSpace(pool))?.id).toBe(old)
    standIn.troubles.push({ status: 503 })
    await fill(openai)
    expect((await activeSpace(pool))?.id).toBe(old)
    expect(await count(old)).toBe(4)

    await fill(openai)
    expect(await activeSpace(pool)).toMatchObject({ id: spaceId, filledAt: expect.any(Date) })
    expect(await count(spaceId)).toBe(3)
    expect(await vectorOf(ids[2] as string, spaceId)).toBeNull()
    const { rows } = await pool.query('select id from embedding_space')
    expect(rows).toEqual([{ id: spaceId }])
    const before = standIn.requests.length
    await fill(openai)
    expect(standIn.requests).toHaveLength(before)
  })

  test('is filled by one process at a time, and continued by the next', async () => {
    await add(Array.from({ length: 30 }, (_, n) => `text ${n}`))
    await open(HASH)
    const { spaceId } = await open(openai)
    const stop = new AbortController()
    standIn.troubles.push({ stall: 'before' })
    const first = fill(openai, stop.signal)
    await expect.poll(() => standIn.requests.length).toBe(1)
    await fill(openai)
    expect(standIn.requests).toHaveLength(1)
    stop.abort()
    await first
    await fill(openai)
    expect(await count(spaceId)).toBe(30)
    expect((await activeSpace(pool))?.id).toBe(spaceId)
  })

  test('already paid for is kept if a variable is unset, with a reason and a hint', async () => {
    await add(['one'])
    const { spaceId } = await open(openai)
    await fill(openai)
    const unset = async (config: EmbeddingConfig) =>
      chooseSpace(pool, config, resolveProvider(config))
    for (const [config, hint] of [
      [HASH, 'or set EMBEDDING_PROVIDER to hash'],
      [{ ...openai, EMBEDDING_DIMENSIONS: undefined }, 'Set EMBEDDING_DIMENSIONS to 8, or to 1536'],
    ] as const) {
      expect(await unset(config)).toMatchObject({
        provider: null,
        space: { id: spaceId },
        hint: expect.stringContaining(hint),
      })
      await fill(config)
    }
    expect((await activeSpace(pool))?.id).toBe(spaceId)
    const chosen = await unset({ EMBEDDING_PROVIDER: 'hash' })
    expect(chosen.provider?.provider).toBe('hash')
    await fill({ EMBEDDING_PROVIDER: 'hash' })
    expect(await activeSpace(pool)).toMatchObject({ provider: 'hash' })
  })

  test('gets the passages added while another space was configured, once it is configured again', async () => {
    await add(['one'])
    const { spaceId } = await open(HASH)
    await fill(HASH)
    standIn.always = { status: 503 }
    await fill(openai)
    await add(['two'])
    await fill(HASH)
    expect(await count(spaceId)).toBe(2)
    expect((await activeSpace(pool))?.id).toBe(spaceId)
  })
})
