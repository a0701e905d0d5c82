import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { countCodeWords } from '#app/code/search/count-words.ts'
import { type CodeQuery, findCode } from '#app/code/search/find-code.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { countLaid, type LaidCode, layCode } from '#test/support/code/lay-code.ts'
import { addRepository } from '#test/support/laid-rows.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

const OPERATOR = operatorScope()
const { signal } = new AbortController()

let services: TestServices
let pool: Pool
let installation: string
let engine: string
let secret: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
})
afterAll(() => services.close())
beforeEach(async () => {
  await pool.query('delete from project')
  await pool.query('delete from installation')
  installation = await addInstallation(services.services.database)
  engine = await addRepository(pool, installation, 'acme/engine')
  secret = await addRepository(pool, installation, 'acme/secret')
})

async function lay(code: Partial<LaidCode> & Pick<LaidCode, 'files'>): Promise<string> {
  const ref = await layCode(pool, { installation, repository: engine, ...code })
  await countLaid(pool, ref, code.generation)
  return ref
}

async function find(text: string, more: Partial<CodeQuery> = {}, scope: Scope = OPERATOR) {
  return findCode(pool, scope, { text, limit: 10, ...more })
}

async function paths(text: string, more: Partial<CodeQuery> = {}, scope?: Scope) {
  return (await find(text, more, scope)).map(({ path }) => path)
}

describe('what a viewer may read', () => {
  const viewer = () => viewerScope({ repositories: [engine], operates: [] })

  test('hides the code of other repositories', async () => {
    await lay({ files: { 'a.ts': 'const quota = 1' } })
    await lay({ repository: secret, fullName: 'acme/secret', files: { 'b.ts': 'const quota = 2' } })
    expect(await paths('quota')).toHaveLength(2)
    expect(await paths('quota', {}, viewer())).toEqual(['a.ts'])
    expect(await paths('quota', {}, viewerScope({ repositories: [], operates: [] }))).toEqual([])
    expect(await paths('quota repo:acme/secret', {}, viewer())).toEqual([])
  })

  test('tells nothing of other repositories by scores', async () => {
    await lay({ files: { 'a.ts': 'const quota = 1', 'b.ts': 'let other = 1' } })
    const before = await find('quota', {}, viewer())
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`${index}.ts`, `const quota = ${index}`]),
    )
    await lay({ repository: secret, fullName: 'acme/secret', files })
    expect(await find('quota', {}, viewer())).toEqual(before)
    expect((await find('quota path:a.ts'))[0]?.score).not.toBe(before[0]?.score)
  })

  test('leaves out what is being erased', async () => {
    const ref = await lay({ files: { 'a.ts': 'const quota = 1' } })
    await pool.query('update code_ref set hidden_at = now() where id = $1', [ref])
    expect(await paths('quota')).toEqual([])
  })

  test('shows code outside every installation to those who may see its jobs', async () => {
    await lay({ repository: null, files: { 'a.ts': 'const quota = 1' } })
    expect(await paths('quota', {}, viewer())).toEqual([])
    const maker = viewerScope({ repositories: [], operates: [installation] })
    expect(await paths('quota', {}, maker)).toEqual(['a.ts'])
  })

  test('searches other projects only where they share', async () => {
    await lay({ project: 'one', files: { 'one.ts': 'quota' } })
    await lay({ project: 'two', files: { 'two.ts': 'quota' } })
    await lay({ project: 'three', scope: 'shared', files: { 'three.ts': 'quota' } })
    expect((await paths('quota', { project: 'one' })).sort()).toEqual(['one.ts', 'three.ts'])
    expect(await paths('quota', { project: 'one', dataset: 'none' })).toEqual([])
  })
})

test('finds the generation that holds while the next is written', async () => {
  const ref = await lay({
    files: {
      'same.ts': 'quota',
      'old.ts': { until: 2, chunks: [{ text: 'quota' }] },
      'new.ts': { since: 2, chunks: [{ text: 'quota' }] },
    },
  })
  expect((await paths('quota')).sort()).toEqual(['old.ts', 'same.ts'])
  await countCodeWords(pool, { refId: ref, generation: 2 }, signal)
  expect((await paths('quota')).sort()).toEqual(['old.ts', 'same.ts'])
  await pool.query('update code_ref set generation = 2 where id = $1', [ref])
  expect((await paths('quota')).sort()).toEqual(['new.ts', 'same.ts'])
})

test('counts the live chunks, and what changed as a count from nothing does', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`${index}.ts`, `shared word${index}`]),
  )
  const ref = await lay({
    files: {
      ...files,
      'gone.ts': { until: 1, chunks: [{ text: 'gone' }] },
      'new.ts': { since: 2, chunks: [{ text: 'shared brand new' }] },
    },
  })
  const counted = async () => {
    const { rows } = await pool.query<Record<string, unknown>>(
      `select counted, r.chunks, r.length::int, (select json_object_agg(l.lexeme, l.chunks)
         from code_lexeme l where l.ref_id = r.id and l.generation = r.counted and l.chunks > 0) as by
       from code_ref r where id = $1`,
      [ref],
    )
    return rows[0]
  }
  const first = await counted()
  expect(first).toMatchObject({ counted: 1, chunks: 100, by: { share: 100, word3: 1 } })
  await pool.query(
    `update code_file set until = 2 where ref_id = $1 and path in ('3.ts', '4.ts')`,
    [ref],
  )
  // A job that does not end counts, and its count never holds.
  await countCodeWords(pool, { refId: ref, generation: 2 }, signal)
  expect(await counted()).toEqual(first)
  await countLaid(pool, ref, 2)
  const changed = await counted()
  expect(changed).toMatchObject({ counted: 1, chunks: 99, by: { share: 99, brand: 1 } })
  expect(changed?.by).not.toHaveProperty('word3')
  await pool.query('update code_ref set counted = 0 where id = $1', [ref])
  await countLaid(pool, ref, 2)
  expect(await counted()).toEqual({ ...changed, counted: 2 })
  const { rows } = await pool.query('select distinct generation from code_lexeme')
  expect(rows).toEqual([{ generation: 2 }])
})

describe('ranking', () => {
  test('finds a name by its parts, and its parts by the name', async () => {
    await lay({ files: { 'a.ts': 'getUserById(1)', 'b.ts': 'the user of some id', 'c.ts': 'no' } })
    expect(await paths('get_user_by_id')).toEqual(['a.ts', 'b.ts'])
    expect((await paths('user id'))[0]).toBe('b.ts')
  })

  test('puts the declaration before the use, and code before its tests', async () => {
    const use = { chunks: [{ text: 'retry()' }] }
    await lay({
      files: {
        'test/retry.test.ts': { chunks: [{ symbol: 'retry', text: 'retry()' }] },
        'use.ts': use,
        'queue.ts': { chunks: [{ symbol: 'Queue.retry', text: 'retry()' }] },
      },
    })
    expect((await paths('retry'))[0]).toBe('queue.ts')
    expect((await paths('retry test'))[0]).toBe('test/retry.test.ts')
  })

  test('returns at most three chunks of a file, and equal code of branches once', async () => {
    const chunks = Array.from({ length: 9 }, (_, index) => ({ text: `quota ${index}` }))
    await lay({ files: { 'a.ts': { chunks }, 'b.ts': 'a line with quota' } })
    await lay({ branch: 'next', files: { 'a.ts': { chunks } } })
    const found = await paths('quota')
    expect(found.filter((path) => path === 'a.ts')).toHaveLength(3)
    expect(found).toContain('b.ts')
    const hits = await find('quota', { limit: 50 })
    expect(new Set(hits.map(({ text }) => text)).size).toBe(hits.length)
  })
})

describe('qualifiers', () => {
  beforeEach(async () => {
    await lay({
      files: {
        'src/pool.ts': { chunks: [{ symbol: 'Pool.close', text: 'close quota' }] },
        'src/deep/pool.c': { language: 'C', chunks: [{ symbol: 'pool_close', text: 'quota' }] },
      },
    })
    await lay({ branch: 'next', files: { 'next.ts': 'quota' } })
    await lay({ repository: secret, fullName: 'acme/secret', files: { 'secret.ts': 'quota' } })
  })

  test.each([
    ['quota lang:c', ['src/deep/pool.c']],
    ['quota language:"C"', ['src/deep/pool.c']],
    ['quota path:src/*.ts', ['src/pool.ts']],
    ['quota path:deep', ['src/deep/pool.c']],
    ['quota symbol:close', ['src/pool.ts']],
    ['symbol:POOL_close', ['src/deep/pool.c']],
    ['symbol:pool.close', ['src/pool.ts']],
    ['quota ref:next', ['next.ts']],
    ['quota repo:secret', ['secret.ts']],
    ['quota repo:acme/secret ref:other', []],
    ['path:src/deep/pool.c', ['src/deep/pool.c']],
  ])('%s', async (query, expected) => {
    expect(await paths(query)).toEqual(expected)
  })

  test('and the fields of a request', async () => {
    expect(await paths('quota', { language: 'c' })).toEqual(['src/deep/pool.c'])
    expect(await paths('quota', { branch: 'next' })).toEqual(['next.ts'])
    expect(await paths('quota', { repository: 'acme/secret' })).toEqual(['secret.ts'])
    expect(await paths('quota', { path: 'deep' })).toEqual(['src/deep/pool.c'])
  })
})

test.each([
  ['', 0],
  ['the', 0],
  ['"\' \\ & | ! <-> :* ( ) %_', 0],
  ['quota\0 lang:\0', 1],
  ['😀'.repeat(16_384), 0],
  [`${'word '.repeat(13_000)}quota`, 0],
  [`quota ${'path:( '.repeat(1_000)}`, 0],
  ['quota symbol:%', 0],
  ["quota'); drop table code_chunk; --", 1],
])('any text is a query: %#', async (query, hits) => {
  await lay({ files: { 'a.ts': 'const quota = 1' } })
  expect(await paths(query)).toHaveLength(hits)
})
