import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope, readingOnly, type Scope, viewerScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import {
  type KeptSearch,
  openOwnSearches,
  readAudiences,
  readSavedSearches,
} from '#app/search/saved/saved-searches.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addRepository, insert } from '../../support/laid-rows.ts'

const CACHE: KeptSearch = {
  name: 'Caches',
  query: 'cache is:merged',
  mode: 'auto',
  type: 'all',
  sharedWith: null,
}

let opened: TestServices
let pool: Pool
let acme: string
/** Two people who read a repository of acme, and one who reads nothing of it. */
let ada: { scope: Scope; personId: string }
let ben: typeof ada
let cleo: typeof ada
const operator = { scope: operatorScope(), personId: null }

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
})
afterAll(() => opened.close())
beforeEach(async () => {
  for (const table of ['saved_search', 'installation', 'person'])
    await pool.query(`delete from ${table}`)
  const install = (account: string, id: number) =>
    insert(pool, 'installation', { kind: 'app', external_id: id, account })
  acme = await install('acme', 1)
  const anvil = await addRepository(pool, acme, 'acme/anvil')
  const other = await addRepository(pool, await install('other', 2), 'other/own')
  ada = await person('ada', 1, [anvil])
  ben = await person('ben', 2, [anvil])
  cleo = await person('cleo', 3, [other])
})

async function person(login: string, id: number, repositories: string[]): Promise<typeof ada> {
  const personId = await insert(pool, 'person', { host: 'github.com', github_id: id, login })
  return { scope: viewerScope({ repositories, operates: [] }), personId }
}

const ownOf = (keeper: typeof ada | typeof operator) => openOwnSearches(pool, keeper)
const namesOf = async (keeper: typeof ada | typeof operator) =>
  (await readSavedSearches(pool, keeper)).map(({ name }) => name)

test('a private search is for whoever keeps it alone', async () => {
  await ownOf(ada).keep(CACHE)
  await ownOf(operator).keep({ ...CACHE, name: 'Leases' })
  expect(await namesOf(ada)).toEqual(['Caches'])
  expect(await namesOf(ben)).toEqual([])
  expect(await namesOf(operator)).toEqual(['Leases'])
})

test('a shared search is for all who read something of the installation, and for nobody else', async () => {
  await ownOf(ada).keep({ ...CACHE, sharedWith: acme })
  expect(await readSavedSearches(pool, ben)).toMatchObject([
    { name: 'Caches', query: 'cache is:merged', sharedWith: 'acme', sharedBy: 'ada', isOwn: false },
  ])
  expect(await namesOf(cleo)).toEqual([])
  await pool.query('update installation set active = false where id = $1', [acme])
  expect(await namesOf(ada)).toEqual([])
})

test('a search is shared only where its keeper reads something', async () => {
  expect(await readAudiences(pool, cleo.scope)).toMatchObject([{ account: 'other' }])
  await expect(ownOf(cleo).keep({ ...CACHE, sharedWith: acme })).rejects.toMatchObject({
    kind: 'unknown',
  })
  expect(await readAudiences(pool, operatorScope())).toHaveLength(2)
})

test('the same name replaces the search, and a private one lies beside a shared one', async () => {
  await ownOf(ada).keep(CACHE)
  await ownOf(ada).keep({ ...CACHE, query: 'redis' })
  await ownOf(ada).keep({ ...CACHE, sharedWith: acme })
  await ownOf(ben).keep(CACHE)
  const kept = await readSavedSearches(pool, ada)
  expect(kept.map(({ query, sharedWith }) => [query, sharedWith])).toEqual([
    ['redis', null],
    ['cache is:merged', 'acme'],
  ])
})

test('a search is deleted by its keeper, and a shared one by who operates the installation', async () => {
  await ownOf(ada).keep({ ...CACHE, sharedWith: acme })
  const [{ id = '' } = {}] = await readSavedSearches(pool, ben)
  await expect(ownOf(ben).forget(id)).rejects.toMatchObject({ kind: 'unknown' })
  const operates = { ...ben, scope: viewerScope({ ...ada.scope, operates: [acme] } as never) }
  expect(await ownOf(operates).forget(id)).toBe('Caches')
  expect(await namesOf(ada)).toEqual([])
})

test('what only reads keeps nothing, and no more than a hundred are kept', async () => {
  const reading = { ...ada, scope: readingOnly(ada.scope) }
  await expect(ownOf(reading).keep(CACHE)).rejects.toMatchObject({ kind: 'forbidden' })
  const program = { scope: ada.scope, personId: null }
  await expect(openOwnSearches(pool, program).keep(CACHE)).rejects.toMatchObject({
    kind: 'forbidden',
  })
  for (let index = 0; index < 100; index++)
    await ownOf(ada).keep({ ...CACHE, name: `Caches ${index}` })
  await expect(ownOf(ada).keep(CACHE)).rejects.toMatchObject({ kind: 'invalid' })
  await ownOf(ada).keep({ ...CACHE, name: 'Caches 7', query: 'redis' })
  const kept = await readSavedSearches(pool, ada)
  expect(kept).toHaveLength(100)
  expect(kept.find(({ name }) => name === 'Caches 7')?.query).toBe('redis')
})

test('a search that is kept twice at once is kept once', async () => {
  await Promise.all([1, 2, 3].map(() => ownOf(operator).keep(CACHE)))
  expect(await namesOf(operator)).toEqual(['Caches'])
})

test.each([
  { name: ' ' },
  { name: 'n'.repeat(81) },
  { query: '' },
  { mode: 'magic' },
  { sharedWith: "1' or true" },
])('%j is refused', async (wrong) => {
  await expect(ownOf(ada).keep({ ...CACHE, ...wrong } as KeptSearch)).rejects.toMatchObject({
    kind: 'invalid',
  })
})

test('hostile text is kept as text', async () => {
  await ownOf(ada).keep({ ...CACHE, name: '<b>\0\ud800', query: '"; drop table person' })
  expect(await readSavedSearches(pool, ada)).toMatchObject([
    { name: '<b>\ufffd', query: '"; drop table person' },
  ])
})
