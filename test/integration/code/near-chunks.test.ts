import { toSql } from 'pgvector'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { findCode } from '#app/code/search/find-code.ts'
import type { Meaning } from '#app/code/search/near-chunks.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { countLaid, layCode } from '#test/support/code/lay-code.ts'
import { insert } from '#test/support/laid-rows.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

const VECTORS: Record<string, number[]> = {
  'near.ts': [1, 0, 0],
  'words.ts': [0, 1, 0],
  'both.ts': [0.9, 0.1, 0],
  'far.ts': [-1, 0, 0],
  'old.ts': [1, 0, 0],
}
const [SPACE, DIMENSIONS] = [{ provider: 'stand-in', model: 'three' }, 3]

let services: TestServices
let pool: Pool
let meaning: Meaning

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  const installation = await addInstallation(services.services.database)
  const refId = await layCode(pool, {
    installation,
    files: {
      'near.ts': 'something else',
      'words.ts': 'lease lease lease',
      'both.ts': 'one lease among some other words of this text',
      'far.ts': 'nothing of it',
      'old.ts': { until: 1, chunks: [{ text: 'replaced' }] },
    },
  })
  await countLaid(pool, refId)
  const space = await insert(pool, 'embedding_space', { ...SPACE, dimensions: DIMENSIONS })
  for (const [path, vector] of Object.entries(VECTORS))
    await pool.query(
      `insert into code_embedding (space_id, chunk_id, ref_id, content_hash, vector)
       select $1, c.id, c.ref_id, c.content_hash, $3::halfvec
       from code_chunk c join code_file f on f.id = c.file_id where f.path = $2`,
      [space, path, toSql(vector)],
    )
  meaning = {
    space: { id: space, dimensions: DIMENSIONS },
    ...{ vector: Float32Array.of(1, 0, 0), weight: 0.9, floor: 0.5, values: 1_000 },
  }
})
afterAll(() => services.close())

async function find(changes: Partial<Meaning> | null = {}): Promise<string[]> {
  const given = changes && { ...meaning, ...changes }
  const hits = await findCode(pool, operatorScope(), { text: 'lease', limit: 10 }, given)
  return hits.map(({ path }) => path)
}

test('words alone find no other text', async () => {
  expect(await find(null)).toEqual(['words.ts', 'both.ts'])
})

test('vectors add what is near, of the generation that holds', async () => {
  expect(await find()).toEqual(['both.ts', 'near.ts', 'words.ts'])
})

test('a chunk that is not near enough needs words', async () => {
  expect(await find({ floor: 2 })).toEqual(['both.ts', 'words.ts'])
})

test('beyond what may be compared, vectors only order what words found', async () => {
  expect((await find({ values: 4 * DIMENSIONS })).sort()).toEqual(['both.ts', 'words.ts'])
})
