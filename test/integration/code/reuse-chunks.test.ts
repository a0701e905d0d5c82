import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDividedSizes, reuseChunks } from '#app/code/generations/reuse-chunks.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { insert } from '#test/support/laid-rows.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

let services: TestServices
let pool: Pool
let installation: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  installation = await addInstallation(services.services.database)
})
afterAll(() => services.close())

const TEXTS = ['int first(void);', 'int second(void);']
const chunks = TEXTS.map((text, index) => ({ text, symbol: `symbol${index}` }))

/** Lays a divided file and one that is not, which differs in what is given. */
async function lay(
  branch: string,
  differs: { path?: string; recipe?: string; blob_oid?: string } = {},
  tenants = { divided: installation, undivided: installation },
) {
  const files = { 'a.c': { chunks, language: 'C' } }
  const like = await layCode(pool, { installation: tenants.divided, branch, files })
  const { undivided } = tenants
  const names = { branch: `${branch}-2`, project: `p-${undivided}` }
  const refId = await layCode(pool, { installation: undivided, ...names, generation: 0, files: {} })
  const { rows } = await pool.query<{ blobOid: string; size: number }>(
    'select blob_oid, size from code_file where ref_id = $1',
    [like],
  )
  const same = { path: 'a.c', recipe: 'test', blob_oid: rows[0]?.blobOid, size: rows[0]?.size }
  const fileId = await insert(pool, 'code_file', { ...same, ...differs, ref_id: refId, since: 1 })
  return { like, refId, fileId }
}

async function chunksOf(refId: string) {
  const { rows } = await pool.query(
    `select f.path, f.language, f.grammar, c.part, c.start_line, c.end_line, c.symbol, c.signature, c.text,
       c.tokens, encode(c.content_hash, 'hex') as hash, c.words::text as words, c.length
     from code_file f left join code_chunk c on c.file_id = f.id where f.ref_id = $1 order by f.id, c.part`,
    [refId],
  )
  return rows
}

test('an equal file of the same tenant is not divided again', async () => {
  const { like, refId, fileId } = await lay('main')
  await reuseChunks(pool, refId, [fileId])
  const copied = await chunksOf(refId)
  expect(copied).toHaveLength(TEXTS.length)
  expect(copied).toEqual(await chunksOf(like))
  const sizes = await readDividedSizes(pool, [fileId])
  expect(sizes).toEqual([{ fileId, chunks: TEXTS.length, tokens: expect.any(Number) }])
})

test('it is divided once, however many do it at the same moment', async () => {
  const { refId, fileId } = await lay('busy')
  await Promise.all(Array.from({ length: 4 }, () => reuseChunks(pool, refId, [fileId])))
  await reuseChunks(pool, refId, [fileId])
  expect(await chunksOf(refId)).toHaveLength(TEXTS.length)
})

test.each([
  ['path', { path: 'b.c' }],
  ['recipe', { recipe: 'other' }],
  ['content', { blob_oid: '0'.repeat(40) }],
])('a file with another %s is divided by itself', async (what, differs) => {
  const { refId, fileId } = await lay(`other-${what}`, differs)
  await reuseChunks(pool, refId, [fileId])
  expect(await chunksOf(refId)).toMatchObject([{ grammar: null, text: null }])
  expect(await readDividedSizes(pool, [fileId])).toEqual([])
})

test('a file of another tenant is divided by itself', async () => {
  const undivided = await addInstallation(services.services.database)
  const { refId, fileId } = await lay('apart', {}, { divided: installation, undivided })
  await reuseChunks(pool, refId, [fileId])
  expect(await chunksOf(refId)).toMatchObject([{ grammar: null, text: null }])
})
