import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { testProfile } from '../../services/setup.ts'
import { pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

// More than the number of passages that are ranked in full.
const OFTEN = 3_500

let store: Store
let search: SearchWithin

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool)
  const repository = await addRepository(store)
  await takeAndTransform(store, repository, pullRequestNode({ number: 1, title: 'Paint the boat' }))
  await takeAndTransform(store, repository, pullRequestNode({ number: 2, title: 'Sell the zebra' }))
  await store.pool.query(
    `insert into passage (repository_id, pull_request_id, kind, source_id, part, text, tokens, url,
       created_at, content_hash, words, length, read_at)
     select repository_id, id, 'comment', n::text, 0, 'boat', 1, '', now(), '', 'boat:1', 1, now()
     from pull_request cross join generate_series(1, $1) n where number = 2`,
    [OFTEN],
  )
  await countWords(store.pool, testProfile(), new AbortController().signal)
})
afterAll(() => store[Symbol.asyncDispose]())

async function numbers(query: string): Promise<(number | null)[]> {
  const { hits } = await search(operatorScope(), { query, mode: 'keyword', limit: 10 })
  return hits.map(({ number }) => number)
}

test('a common word finds the pull request about it', async () => {
  expect(await numbers('boat')).toEqual([1, 2])
})

test('an unknown or rare word does not hide the other matches', async () => {
  expect(await numbers('xyzzy boat')).toEqual([1, 2])
  expect((await numbers('zebra boat')).toSorted()).toEqual([1, 2])
})
