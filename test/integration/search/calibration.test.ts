import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import type { EmbeddingConfig } from '#app/embeddings/providers/resolve-provider.ts'
import { activate, activeSpace, ensureSpace, type Space } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import { floorOf, openCalibration, weightIn } from '#app/search/fusion/calibrate.ts'
import type { WeightChoice } from '#app/search/fusion/choose-weight.ts'
import type { LexicalArm } from '#app/search/text/rank-by-words.ts'
import { openQueryVectors } from '#app/search/vector/query-vector.ts'
import { makeVector, startOpenaiStandIn } from '../../openai/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPassages, addPullRequest, addRepository } from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const { signal } = new AbortController()
const logger = createLogger('silent')
const PULL_REQUESTS = 40
const DIMENSIONS = 32

let services: TestServices
let pool: Pool
let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
let openai: EmbeddingConfig
let repository: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  standIn = await startOpenaiStandIn()
  openai = {
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: standIn.url,
    EMBEDDING_DIMENSIONS: DIMENSIONS,
  }
})
afterAll(async () => {
  await standIn.close()
  await services.close()
})
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where key ~ '^(embedding|fusion)'`)
  Object.assign(standIn, { requests: [], troubles: [], always: null })
  const installation = await addInstallation(services.services.database)
  repository = await addRepository(pool, installation, 'acme/anvil')
})

/** Adds pull requests on distinct topics; in every other one, a comment repeats a word of the title. */
async function addDiscussions(first = 0): Promise<void> {
  for (let at = first; at < first + PULL_REQUESTS; at++) {
    const id = await addPullRequest(pool, repository, at + 1)
    const title = `Mend the word${at} again`
    await pool.query('update pull_request set title = $2 where id = $1', [id, title])
    const said = at % 2 === 0 ? `as word${at} says, matter${at}` : `nothing but matter${at}`
    const of = { repositoryId: repository, pullRequestId: id }
    const [description] = await addPassages(pool, of, [`${title}\n\nmatter${at}`, said])
    await pool.query(`update passage set kind = 'description' where id = $1`, [description])
  }
}

/** A provider that knows the topic of a text. */
const knowing: EmbeddingProvider = {
  outside: null,
  provider: 'openai',
  model: 'knowing',
  dimensions: DIMENSIONS,
  limits: { inputs: 1_000, tokens: 1_000_000, tokensPerInput: 1_000 },
  embed: async (texts) =>
    texts.map((text) =>
      Float32Array.from(
        makeVector(
          /(?:word|matter)\d+/.exec(text)?.[0].replace(/\D+/, 'topic ') ?? text,
          DIMENSIONS,
        ),
      ),
    ),
}

const blind: EmbeddingProvider = {
  ...knowing,
  model: 'blind',
  embed: async (texts) => texts.map((text) => Float32Array.from(makeVector(text, DIMENSIONS))),
}

async function fillBy(provider: EmbeddingProvider): Promise<Space> {
  const space = await ensureSpace(pool, provider)
  const { rows } = await pool.query<Passage>(
    `select id, content_hash as "contentHash", text, tokens from passage order by id`,
  )
  await embedPassages({ pool, provider, spaceId: space.id, signal }, rows)
  await activate(pool, space)
  return space
}

/** Returns passages with the rare word of the query first, then all others. */
const lexical: LexicalArm = async ({ text, repositoryIds, conditions, limit }) => {
  const values: unknown[] = []
  const bind = (value: unknown) => `$${values.push(value)}`
  const { rows } = await pool.query<{ key: string; score: number }>(
    `select p.pull_request_id as key, max((p.text ~ (${bind(text.match(/word\d+/)?.[0])} || '\\M'))::int) as score
     from passage p
     where p.repository_id = any(${bind(repositoryIds)}::bigint[])
       and ${conditions.map((one) => `(${one(bind)})`).join(' and ')}
     group by 1 order by 2 desc, 1 limit ${bind(limit)}`,
    values,
  )
  return rows
}

function calibrationBy(provider: EmbeddingProvider, space: Space) {
  return openCalibration({
    database: services.services.database,
    outside: false,
    lexical,
    logger,
    async queryVector(_, text) {
      const [vector] = await provider.embed([text], signal)
      return { vector: vector as Float32Array, space, reason: null }
    },
  })
}

interface Fusion {
  short: WeightChoice
  at: string
}

async function readFusion(space: Space): Promise<Fusion | null | undefined> {
  const { rows } = await pool.query<{ fusion: Fusion | null }>(
    'select fusion from embedding_space where id = $1',
    [space.id],
  )
  return rows[0]?.fusion
}

async function calibrate(provider: EmbeddingProvider, space: Space) {
  for (let turn = 0; turn <= PULL_REQUESTS; turn++) await calibrationBy(provider, space)(signal)
  return readFusion(space)
}

describe('words and vectors', () => {
  const TITLE = 'a short question'

  test('are not weighted before they are measured: words only', async () => {
    await addDiscussions()
    const space = await fillBy(knowing)
    expect(weightIn((await activeSpace(pool)) as Space, TITLE)).toBe(0)
    await pool.query('update embedding_space set filled_at = null')
    expect(await calibrate(knowing, space)).toBeNull()
  })

  test('are weighted towards vectors that know the topics', async () => {
    await addDiscussions()
    const space = await fillBy(knowing)
    const fusion = await calibrate(knowing, space)
    expect(fusion?.short).toMatchObject({
      sample: PULL_REQUESTS,
      measured: { vector: 1, fused: 1 },
    })
    expect(fusion?.short.measured.lexical).toBeLessThan(0.8)
    expect(weightIn((await activeSpace(pool)) as Space, TITLE)).toBeGreaterThan(0.5)
    // No description was long enough to serve as a query.
    expect(weightIn((await activeSpace(pool)) as Space, 'word '.repeat(50))).toBe(0)
  })

  test('are weighted towards words if vectors know nothing', async () => {
    await addDiscussions()
    const space = await fillBy(blind)
    const fusion = await calibrate(blind, space)
    expect(fusion?.short).toMatchObject({ sample: PULL_REQUESTS, weight: 0 })
    expect(fusion?.short.measured.vector).toBeLessThan(0.4)
  })

  test('have the same weight and floor whenever the same copy is measured', async () => {
    await addDiscussions()
    const space = await fillBy(knowing)
    const { at: _, ...first } = (await calibrate(knowing, space)) as Fusion
    await pool.query('update embedding_space set fusion = null')
    const { at: __, ...second } = (await calibrate(knowing, space)) as Fusion
    expect(second).toEqual(first)
  })

  test('never count with the built-in provider, however long one waits', async () => {
    await addDiscussions()
    const hash = hashProvider()
    const space = await fillBy(hash)
    expect(await calibrate(hash, space)).toBeNull()
    const weighted = { short: { weight: 0.3 }, long: { weight: 0.3 }, floor: 0 }
    await pool.query('update embedding_space set fusion = $1', [JSON.stringify(weighted)])
    const active = (await activeSpace(pool)) as Space
    expect(weightIn(active, TITLE)).toBe(0)
    expect(floorOf(active)).toBe(Number.POSITIVE_INFINITY)
  })

  test('find nothing alone below the similarity that made-up words reach', async () => {
    await addDiscussions()
    const space = await fillBy(knowing)
    expect(floorOf((await activeSpace(pool)) as Space)).toBe(Number.POSITIVE_INFINITY)
    await calibrate(knowing, space)
    const floor = floorOf((await activeSpace(pool)) as Space)
    expect(floor).toBeGreaterThan(0)
    expect(floor).toBeLessThan(1)
  })

  test('are measured again after the space has grown by half', async () => {
    await addDiscussions()
    const space = await fillBy(blind)
    const at = (await calibrate(blind, space))?.at
    expect(at).toBeDefined()
    expect((await calibrate(blind, space))?.at).toBe(at)
    await addDiscussions(PULL_REQUESTS)
    await fillBy(blind)
    for (let turn = 0; turn < 2; turn++) await calibrate(blind, space)
    expect((await readFusion(space))?.at).not.toBe(at)
  })
})

describe('the query vector', () => {
  async function open(config: EmbeddingConfig, options?: Parameters<typeof openQueryVectors>[1]) {
    const queryVector = openQueryVectors(config, options)
    return async (text: string) => queryVector(await activeSpace(pool), text)
  }

  beforeEach(async () => {
    await fillSpace({ pool, config: openai, provider: null, logger, signal })
    await ensureSpace(pool, { ...knowing, model: 'text-embedding-3-small' })
  })

  test('is requested once, and cached', async () => {
    const ask = await open(openai, { remembered: 2 })
    const [first, same] = await Promise.all([ask('why'), ask('why')])
    expect(first.vector).toEqual(same.vector)
    expect(first).toMatchObject({ reason: null, space: { dimensions: DIMENSIONS } })
    await ask('why')
    expect(standIn.requests).toHaveLength(1)
    for (const text of ['how', 'when', 'why']) await ask(text)
    expect(standIn.requests).toHaveLength(4)
  })

  test('is missing with a reason while the provider fails, and available afterwards', async () => {
    standIn.troubles.push({ status: 400 }, { spoil: 'nan' })
    const ask = await open(openai)
    expect(await ask('why')).toMatchObject({
      vector: null,
      reason: expect.stringContaining(
        'The embedding provider failed: The provider refuses the text',
      ),
    })
    expect((await ask('why')).reason).toContain('not a finite number')
    expect((await ask('why')).vector).toHaveLength(DIMENSIONS)
  })

  test('is missing with a reason if the provider is slow', async () => {
    standIn.always = { stall: 'before' }
    const ask = await open(openai, { deadlineMs: 100 })
    const { vector, reason } = await ask('why')
    expect(vector).toBeNull()
    expect(reason).toBe('The embedding provider failed: no answer within 0.1 s.')
  })

  test('is missing with a reason if the configuration names another space or none', async () => {
    const hash = await open({ EMBEDDING_PROVIDER: 'hash' })
    expect((await hash('why')).reason).toContain('hash-1 (256 values) is configured')
    const none = await open({ EMBEDDING_PROVIDER: 'none' })
    expect((await none('why')).reason).toContain('No embedding provider')
    expect((await (await open(openai))(' ')).vector).toBeNull()
    await pool.query('delete from embedding_space')
    expect((await (await open(openai))('why')).reason).toBe('There are no vectors yet.')
    expect(standIn.requests).toEqual([])
  })
})
