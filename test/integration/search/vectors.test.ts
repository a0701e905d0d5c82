import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openReader, SlowQueryError } from '#app/database/reader.server.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import { indexName, indexSpace } from '#app/embeddings/index-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import { resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import { ensureSpace, type Space } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import { findByVector } from '#app/search/vector/find-by-vector.ts'
import type { VectorQuery } from '#app/search/vector/nearest-rows.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import {
  addPassages,
  addPullRequest,
  addRepository,
  changePassage,
} from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const { signal } = new AbortController()
const logger = createLogger('silent')
const DIMENSIONS = 64
const provider = hashProvider(DIMENSIONS)
/** Small enough that an index is used, or rows are compared in several chunks. */
const SMALL = { exact: 10 * DIMENSIONS, chunk: 7 * DIMENSIONS }

let services: TestServices
let pool: Pool
let space: Space
let repository: ReadableRepositoryId
let pull: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
})
afterAll(() => services.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where starts_with(key, 'embedding')`)
  const installation = await addInstallation(services.services.database)
  repository = await addRepository(pool, installation, 'acme/anvil')
  pull = await addPullRequest(pool, repository, 12)
  space = await ensureSpace(pool, provider)
})

async function embed(by: EmbeddingProvider = provider): Promise<void> {
  const { rows } = await pool.query<Passage>(
    `select id, content_hash as "contentHash", text, tokens from passage order by id`,
  )
  await embedPassages({ pool, provider: by, spaceId: space.id, signal }, rows)
}

async function add(texts: string[], to = { repositoryId: repository, pullRequestId: pull }) {
  const ids = await addPassages(pool, to, texts)
  await embed()
  return ids
}

async function find(text: string, more: Partial<VectorQuery> = {}, limits?: typeof SMALL) {
  const [vector] = await provider.embed([text], signal)
  const query = { space, vector: vector as Float32Array, repositoryIds: [repository], limit: 3 }
  return findByVector(openReader(services.services.database), { ...query, ...more }, limits)
}

async function idsOf(found: ReturnType<typeof find>): Promise<string[]> {
  return (await found).map(({ passageId }) => passageId)
}

function many(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `anvil number ${index} of ${(index * 7919) % 1009}`,
  )
}

describe('a vector search', () => {
  test('finds the nearest passages, best first, with their places', async () => {
    const [anvil, both] = await add(['anvils', 'anvils and hammers', 'something else'])
    const found = await find('anvils')
    expect(found.slice(0, 2).map(({ passageId }) => passageId)).toEqual([anvil, both])
    expect(found[0]).toEqual({
      passageId: anvil,
      pullRequestId: pull,
      repositoryId: repository,
      similarity: expect.closeTo(1, 2),
    })
  })

  test('stays within the scope, and finds descriptions of repositories', async () => {
    await add(['anvils'])
    const installation = await addInstallation(services.services.database)
    const other = await addRepository(pool, installation, 'other/anvil')
    const own = await addPassages(pool, { repositoryId: other }, ['hammers'])
    await embed()
    expect(await find('anvils', { repositoryIds: [other] })).toEqual([
      expect.objectContaining({ passageId: own[0], pullRequestId: null, repositoryId: other }),
    ])
    expect(await find('anvils', { repositoryIds: [] })).toEqual([])
  })

  test('ignores vectors of earlier texts', async () => {
    const ids = await add(many(40))
    for (const id of ids.slice(0, 30)) await changePassage(pool, id, `edited ${id}`)
    const nearest = await idsOf(find('anvil number 3', { limit: 5 }))
    expect(nearest).toHaveLength(5)
    expect(ids.slice(30)).toEqual(expect.arrayContaining(nearest))
    expect(await idsOf(find('anvil', { limit: 100 }))).toHaveLength(10)
  })

  test('finds the best among those that meet the conditions, however rare they are', async () => {
    await add(many(60))
    const rare = await addPullRequest(pool, repository, 13)
    const far = await add(['wholly unlike', 'unlike too'], {
      repositoryId: repository,
      pullRequestId: rare,
    })
    const conditions: VectorQuery['conditions'] = [
      (bind) => `pr.number = ${bind(13)} and r.full_name = ${bind('acme/anvil')}`,
      (bind) => `p.kind = ${bind('comment')}`,
    ]
    for (const limits of [undefined, SMALL]) {
      const found = await idsOf(find('anvil number 3', { conditions }, limits))
      expect(found.toSorted()).toEqual(far.toSorted())
    }
  })

  test('finds the same with chunks or an index as without', async () => {
    await add(many(60))
    const conditions: VectorQuery['conditions'] = [(bind) => `p.text like ${bind('%1%')}`]
    for (const more of [{ limit: 10 }, { limit: 10, conditions }])
      expect(await find('number 11', more, SMALL)).toEqual(await find('number 11', more))
  })

  test('rejects a vector with a different length', async () => {
    await expect(find('x', { vector: new Float32Array(3) })).rejects.toThrow('has 3 values')
  })
})

describeOnProfile('external', 'a slow vector search', () => {
  test('is aborted after two seconds, with its own error', async () => {
    await add(['anvils'])
    const slow = find('anvils', { conditions: [() => `pg_sleep(60)::text = ''`] })
    await expect(slow).rejects.toBeInstanceOf(SlowQueryError)
    expect(await find('anvils')).toHaveLength(1)
  })
})

async function indexes(): Promise<Record<string, boolean>> {
  const { rows } = await pool.query<{ name: string; valid: boolean }>(
    `select c.relname as name, indisvalid as valid from pg_index
     join pg_class c on c.oid = indexrelid where c.relname like 'embedding_nearest_%'`,
  )
  return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]))
}

describeOnProfile('external', 'the index of a space', () => {
  const config = (dimensions: number) => ({
    EMBEDDING_PROVIDER: 'hash' as const,
    EMBEDDING_DIMENSIONS: dimensions,
  })

  function fill(dimensions: number): Promise<void> {
    const wanted = config(dimensions)
    return fillSpace({ pool, config: wanted, provider: resolveProvider(wanted), logger, signal })
  }

  function build(exactValues = SMALL.exact): Promise<void> {
    return indexSpace({ database: services.services.database, logger, signal, exactValues })
  }

  async function walks(): Promise<number> {
    const { rows } = await pool.query<{ walks: number }>(
      `select coalesce(sum(idx_scan), 0)::int as walks from pg_stat_user_indexes where indexrelname = $1`,
      [indexName(space.id)],
    )
    return rows[0]?.walks ?? 0
  }

  test('is built if worthwhile, and used', async () => {
    await add(many(60))
    await build()
    expect(await indexes()).toEqual({})
    await fill(DIMENSIONS)
    await build(1_000 * DIMENSIONS)
    expect(await indexes()).toEqual({})
    await Promise.all([build(), build()])
    expect(await indexes()).toEqual({ [indexName(space.id)]: true })
    const similarities = async (limits?: typeof SMALL) =>
      (await find('number 11', { limit: 10 }, limits)).map(({ similarity }) => similarity)
    expect(await similarities(SMALL)).toEqual(await similarities())
    await expect.poll(walks).toBe(1)
  })

  test('is not used if left incomplete, and is rebuilt', async () => {
    await add(many(60))
    await fill(DIMENSIONS)
    await build()
    const name = indexName(space.id)
    await pool.query(`update pg_index set indisvalid = false where indexrelid = to_regclass($1)`, [
      name,
    ])
    expect(await find('number 11', {}, SMALL)).toEqual(await find('number 11'))
    await build()
    expect(await indexes()).toEqual({ [name]: true })
  })

  test('is deleted with its space', async () => {
    await add(many(60))
    await fill(DIMENSIONS)
    await build()
    await fill(32)
    expect(await indexes()).toEqual({})
    await build(10 * 32)
    const [left = ''] = Object.keys(await indexes())
    expect(left).not.toBe(indexName(space.id))
    await pool.query('delete from embedding_space')
    await build()
    expect(await indexes()).toEqual({})
  })

  test('leaves no changed settings in the pool', async () => {
    await add(many(60))
    await fill(DIMENSIONS)
    await build()
    await find('number 11', {}, SMALL)
    const settings = ['statement_timeout', 'enable_sort', 'maintenance_work_mem', 'hnsw.ef_search']
    const read = () =>
      pool.query<{ value: string | null }>(
        `select current_setting(name, true) as value from unnest($1::text[]) name`,
        [settings],
      )
    for (const { rows } of await Promise.all(Array.from({ length: 16 }, read))) {
      const [timeout, sort, memory, candidates] = rows.map(({ value }) => value)
      expect([timeout, sort, memory]).toEqual(['0', 'on', '64MB'])
      // Undefined on a connection that has never compared vectors.
      expect([null, '', '40']).toContain(candidates)
    }
  })
})
