import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { SearchAnswer } from '#app/search/present/answer.ts'
import { commitNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

let store: Store
let search: SearchWithin
let repository: string

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool)
  repository = await addRepository(store)
  for (const [index, title] of TITLES.entries()) await read(index + 1, title)
  await read(TITLES.length + 1, 'Name the byte order', [
    commitNode(0xdeadbee, { oid: 'deadbeefcafe1234567890abcdef1234567890ab' }),
  ])
})
afterAll(() => store[Symbol.asyncDispose]())

const TITLES = [
  'Prepare release v1.2.3',
  'Prepare release 1.2.3',
  'Prepare release v1.2.4',
  'Count 1 and 2 and 3',
  'Pin react@18.2.0',
  'Thank Müller',
  'Thank Muller',
  'Rename Straße and naïve',
  '로그인을 수정',
  '값을 수정',
  'Port to C++',
  'Port to C#',
  'Port to C',
  '🐛 in the parser',
]

function read(number: number, title: string, commits = [commitNode(number)]) {
  const node = pullRequestNode({ number, title, body: '', commits: listOf(commits) })
  return takeAndTransform(store, repository, node)
}

async function ask(query: string): Promise<SearchAnswer> {
  return search(operatorScope(), { query, mode: 'keyword', limit: 20 })
}

async function titlesOf(query: string): Promise<string[]> {
  return (await ask(query)).hits.map(({ title }) => title)
}

describe('a version', () => {
  const EXACT = 'Prepare release v1.2.3'
  test.each(['v1.2.3', '^v1.2.3'])('is found by %s, the exact one first', async (query) => {
    expect(await titlesOf(query)).toEqual([
      EXACT,
      'Prepare release 1.2.3',
      'Prepare release v1.2.4',
    ])
  })

  test.each(['1.2.3', 'v1.2', '1.2', '^1.2.3'])('is found by %s', async (query) => {
    const found = await titlesOf(query)
    expect(found).toContain(EXACT)
    expect(found).not.toContain('Count 1 and 2 and 3')
  })

  test('is found beside the name of its package', async () => {
    expect(await titlesOf('react 18.2.0')).toEqual(['Pin react@18.2.0'])
    expect(await titlesOf('"react 18.2.0"')).toEqual(['Pin react@18.2.0'])
  })
})

describe('accents', () => {
  test('may be left out, and what is written exactly so is first', async () => {
    expect(await titlesOf('Muller')).toEqual(['Thank Muller', 'Thank Müller'])
    expect(await titlesOf('Müller')).toEqual(['Thank Müller', 'Thank Muller'])
    for (const query of ['strasse', 'naive', 'STRASSE'])
      expect(await titlesOf(query)).toEqual(['Rename Straße and naïve'])
  })
})

test.each([
  ['로그인', '로그인을 수정'],
  ['값', '값을 수정'],
  ['C++', 'Port to C++'],
  ['C#', 'Port to C#'],
  ['C', 'Port to C'],
  ['🐛', '🐛 in the parser'],
])('%s finds %s alone', async (query, title) => {
  expect(await titlesOf(query)).toEqual([title])
})

test.each(['dead', 'deadb', 'deadbee', 'deadbeefc', 'deadbeefcafe1234567890abcdef1234567890ab'])(
  'a commit is found by %s',
  async (query) => {
    expect(await titlesOf(query)).toEqual(['Name the byte order'])
  },
)
