import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'

const OLD = 1_200
const MOST = 500

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

test('an earlier count is deleted in batches', async () => {
  const { pool } = store
  const repository = await addRepository(store)
  await takeAndTransform(store, repository, pullRequestNode({ number: 1, title: 'Paint the boat' }))
  await pool.query(
    `insert into lexeme_stats (lexeme, repository_id, generation, passages)
     select 'old' || n, $1, 1, 1 from generate_series(1, $2::int) n`,
    [repository, OLD],
  )
  const deleted: number[] = []
  const query: Pool['query'] = async (text, values) => {
    const result = await pool.query<never>(text, values)
    if (text.startsWith('delete from lexeme_stats')) deleted.push(result.rowCount)
    return result
  }
  await countWords({ ...pool, query }, 'embedded', new AbortController().signal)
  expect(deleted).toEqual([MOST, MOST, OLD - 2 * MOST])
  const left = await pool.query(`select from lexeme_stats where lexeme like 'old%'`)
  expect(left.rowCount).toBe(0)
})
