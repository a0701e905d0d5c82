import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { commentNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

let store: Store
let search: SearchWithin
let repository: string

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool)
  repository = await addRepository(store)
})
afterAll(() => store[Symbol.asyncDispose]())

let minute = 0
/** Reads a pull request with the same comment, minimized for a reason or not. */
function read(number: number, reason: string | null) {
  minute++
  const comment = commentNode(number, {
    body: 'The gasket leaks at the flange.',
    isMinimized: reason !== null,
    minimizedReason: reason,
  })
  const node = pullRequestNode({ number, title: 'A change', body: '', comments: listOf([comment]) })
  const startedAt = new Date(Date.UTC(2026, 5, 1, 10, minute))
  return takeAndTransform(store, repository, node, { startedAt })
}

async function numbers(query = 'gasket flange'): Promise<(number | null)[]> {
  const { hits } = await search(operatorScope(), { query, mode: 'keyword', limit: 10 })
  return hits.map(({ number }) => number)
}

test('what is minimized as spam or abuse is never found, the rest is found below other texts', async () => {
  await read(1, 'off-topic')
  await read(2, 'spam')
  await read(3, 'abuse')
  await read(4, 'resolved')
  await read(5, null)
  const found = await numbers()
  expect(found[0]).toBe(5)
  expect(found.toSorted()).toEqual([1, 4, 5])
  expect((await numbers('"gasket leaks"')).toSorted()).toEqual([1, 4, 5])
  const { rows } = await store.pool.query('select from comment where body like $1', ['%gasket%'])
  expect(rows).toHaveLength(5)
})

test('a change of the reason arrives with the next reading', async () => {
  await read(5, 'spam')
  await read(2, null)
  expect((await numbers()).toSorted()).toEqual([1, 2, 4])
})
