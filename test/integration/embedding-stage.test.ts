import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import {
  type EmbeddingConfig,
  resolveProvider,
} from '#app/embeddings/providers/resolve-provider.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import { activeSpace } from '#app/embeddings/spaces.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import { embeddingHandlers } from '#workers/embedding/embedding-handlers.ts'
import type { Handler, Handlers } from '#workers/handlers.ts'
import { startWorkers } from '#workers/index.ts'
import { startOpenaiStandIn } from '../openai/stand-in.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { addPassages, addPullRequest, addRepository } from '../support/github-rows.ts'
import { QUICK, requestEverything, runEnded } from '../support/ledger-checks.ts'
import { addInstallation, newItem } from '../support/rehearsal.ts'

const PULLS = 'github_prs_commits_reviews_comments/embedding'

let services: TestServices
let pool: Pool
let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
let openai: EmbeddingConfig
let installation: string
let repository: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  standIn = await startOpenaiStandIn()
  openai = { EMBEDDING_PROVIDER: 'openai', OPENAI_BASE_URL: standIn.url, EMBEDDING_DIMENSIONS: 8 }
})
afterAll(async () => {
  await standIn.close()
  await services.close()
})
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from work_item')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where starts_with(key, 'embedding')`)
  Object.assign(standIn, { requests: [], troubles: [], always: null })
  installation = await addInstallation(services.services.database)
  repository = await addRepository(pool, installation, 'acme/anvil')
})

/** Adds a pull request with a comment for each text, and returns the item that embeds it. */
async function addWork(number: number, texts: string[]): Promise<NewItem<typeof PULLS>> {
  const pullRequestId = await addPullRequest(pool, repository, number)
  await addPassages(pool, { repositoryId: repository, pullRequestId }, texts)
  return {
    place: PULLS,
    key: `snapshot:${number}`,
    payload: { snapshotId: String(number), pullRequestId },
    weight: embeddingWeight(texts.length, 0),
  }
}

function passOn(followUps: NewItem[]): Handler {
  return async (claimed) => async () => claimed.map(() => ({ state: 'done', followUps }))
}

/** Runs the items as the embedding stage of a run that reads nothing else. */
async function run(
  config: EmbeddingConfig,
  items: NewItem[],
  options: { fills?: boolean } = {},
): Promise<string> {
  const provider = resolveProvider(config)
  const handlers: Handlers = {
    'github_code/extraction': passOn([]),
    'github_code/transform': passOn([]),
    'github_code/embedding': passOn([]),
    'github_repositories/extraction': passOn([newItem('github_repositories/transform', 'all')]),
    'github_repositories/transform': passOn([
      ...items.filter((item) => item.place !== PULLS),
      newItem('github_prs_commits_reviews_comments/extraction', 'all'),
    ]),
    'github_prs_commits_reviews_comments/extraction': passOn([
      newItem('github_prs_commits_reviews_comments/transform', 'all'),
    ]),
    'github_prs_commits_reviews_comments/transform': passOn(
      items.filter((item) => item.place === PULLS),
    ),
    ...embeddingHandlers({ pool, config, provider }),
  }
  const { runId } = await requestEverything(services.services.database, installation)
  const workers = await startWorkers({
    ...services.services,
    handlers,
    initialItems: async () => [newItem('github_repositories/extraction', 'all')],
    slots: { extraction: 1, transform: 1, embedding: 2 },
    ...(options.fills && {
      tasks: [
        {
          everyMs: 100,
          run: (signal) =>
            fillSpace({ pool, config, provider, logger: services.services.logger, signal }),
        },
      ],
    }),
    timings: QUICK,
  })
  try {
    await runEnded(pool, runId)
    if (options.fills) await expect.poll(missing).toEqual([])
  } finally {
    await workers.close()
  }
  return runId
}

interface SettledItem {
  key: string
  state: string
  subject: string | null
  message: string | null
  reason: string | null
  attempts: number
}

async function itemsOf(runId: string) {
  const { rows } = await pool.query<SettledItem>(
    `select key, state, subject, message, reason, attempts from work_item
     where run_id = $1 and position in (3, 6) order by id`,
    [runId],
  )
  return rows
}

async function missing(): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select p.text from passage p left join embedding e on e.passage_id = p.id
     where e.content_hash is distinct from p.content_hash order by p.id`,
  )
  return rows.map(({ text }) => text)
}

describe('the embedding stage', () => {
  test('embeds the passages of repositories and pull requests', async () => {
    await addPassages(pool, { repositoryId: repository }, ['acme/anvil: heavy'])
    const item: NewItem = {
      place: 'github_repositories/embedding',
      key: 'repository',
      payload: { repositoryId: repository },
    }
    const runId = await run(openai, [item, await addWork(1, ['one', 'two'])])
    expect((await itemsOf(runId)).map(({ state }) => state)).toEqual(['done', 'done'])
    expect(await missing()).toEqual([])
  })

  test('fills its requests while there is a backlog', async () => {
    const works: NewItem<typeof PULLS>[] = []
    for (let number = 1; number <= 300; number++) {
      const texts = Array.from({ length: 25 }, (_, n) => `comment ${n} on ${number}`)
      works.push(await addWork(number, texts))
    }
    await run(openai, works)
    expect(await missing()).toEqual([])
    const sizes = standIn.requests.map(({ inputs }) => inputs.length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(7_500)
    expect(sizes).toHaveLength(4)
    expect(sizes.filter((size) => size > 0.95 * 2_048)).toHaveLength(3)
  })

  test('ends although the weights of its items are rounded up', async () => {
    const works: NewItem<typeof PULLS>[] = []
    for (let number = 1; number <= 12; number++) {
      const texts = Array.from({ length: 9 }, (_, n) => `${number} ${n} ${'a '.repeat(7_990)}`)
      const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
      const work = await addWork(number, texts)
      works.push({ ...work, weight: embeddingWeight(texts.length, tokens) })
    }
    await run(openai, works)
    expect(await missing()).toEqual([])
  })

  test('fills its requests even if most texts were embedded before', async () => {
    const works: NewItem<typeof PULLS>[] = []
    for (let number = 1; number <= 400; number++) {
      const texts = Array.from({ length: 25 }, (_, n) =>
        n < 10 ? `comment ${n} on ${number}` : `comment ${n}`,
      )
      works.push(await addWork(number, texts))
    }
    const runId = await run(openai, works)
    expect(await missing()).toEqual([])
    const items = await itemsOf(runId)
    expect(items.every(({ state, attempts }) => state === 'done' && attempts === 0)).toBe(true)
    // 4,015 texts; two workers may both request a text that neither has stored yet.
    const sizes = standIn.requests.map(({ inputs }) => inputs.length).sort((a, b) => b - a)
    expect(sizes.length).toBeLessThanOrEqual(4)
    expect(sizes[0]).toBeGreaterThan(0.9 * 2_048)
  })

  test('embeds a pull request with more passages than are loaded at once, and the one after it', async () => {
    const texts = Array.from({ length: 13_000 }, (_, n) => `comment ${n}`)
    texts[10] = standIn.marker
    const works = [await addWork(1, texts), await addWork(2, ['after it'])]
    const items = await itemsOf(await run(openai, works))
    expect(items.map(({ state }) => state)).toEqual(['gap', 'done'])
    expect(await missing()).toEqual([standIn.marker])
  })

  test('records a bad input as a gap of its pull request only', async () => {
    const works = [
      await addWork(1, ['one', 'two']),
      await addWork(2, ['three', standIn.marker, `${standIn.marker} too`]),
      await addWork(3, ['four']),
    ]
    const items = await itemsOf(await run(openai, works))
    expect(items.map(({ state }) => state)).toEqual(['done', 'gap', 'done'])
    expect(items[1]).toMatchObject({
      subject: 'passage of acme/anvil#2',
      message: expect.stringContaining('(and 1 more passages)'),
    })
    expect(await missing()).toEqual([standIn.marker, `${standIn.marker} too`])
  })

  test('waits for a rate-limited or failing provider without using an attempt', async () => {
    standIn.troubles.push(
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 500, headers: { 'retry-after-ms': '50' } },
    )
    const items = await itemsOf(await run(openai, [await addWork(1, ['one'])]))
    expect(items).toMatchObject([{ state: 'done', attempts: 0 }])
    expect(await missing()).toEqual([])
  })

  test('fails immediately if the key is rejected, with a hint', async () => {
    standIn.always = { status: 401 }
    const items = await itemsOf(await run(openai, [await addWork(1, ['one'])]))
    expect(items).toMatchObject([
      { state: 'failed', message: expect.stringContaining('Set OPENAI_API_KEY') },
    ])
    expect(standIn.requests).toHaveLength(1)
  })

  test('does nothing for deleted or already embedded passages', async () => {
    const work = await addWork(1, ['one'])
    const twin = { ...work, key: 'snapshot:older' }
    const gone = { ...work, key: 'gone', payload: { ...work.payload, pullRequestId: '0' } }
    const items = await itemsOf(await run(openai, [work, twin, gone]))
    expect(items.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(standIn.requests.map(({ inputs }) => inputs)).toEqual([['one']])
  })

  test('does nothing without a provider, and catches up once there is one', async () => {
    const config: EmbeddingConfig = { EMBEDDING_PROVIDER: 'none' }
    const items = await itemsOf(await run(config, [await addWork(1, ['one'])]))
    expect(items.map(({ state }) => state)).toEqual(['done'])
    expect(await missing()).toEqual(['one'])
    await run({ EMBEDDING_PROVIDER: 'hash' }, [await addWork(2, ['two'])], { fills: true })
    expect(await missing()).toEqual([])
    expect(await activeSpace(pool)).toMatchObject({ provider: 'hash' })
  })
})
