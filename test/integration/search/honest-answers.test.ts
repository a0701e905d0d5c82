import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { actor, commentNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

let store: Store
let search: SearchWithin
const LABEL = 'good first issue :beginner:'

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool)
  const repository = await addRepository(store)
  const bodies = [
    'It fails: Cannot find module "@acme/tools" imported from "/srv/index.js"',
    'The log says error: ENOENT, then it stops.',
    'Nothing of the kind.',
  ]
  for (const [index, body] of bodies.entries())
    await takeAndTransform(
      store,
      repository,
      pullRequestNode({
        number: index + 1,
        title: `Change ${index + 1}`,
        body,
        author: actor(index === 2 ? 'copilot-swe-agent' : 'annette'),
        labels: listOf(index === 2 ? [{ name: LABEL }] : []),
        comments: listOf([commentNode(index + 1, { body: 'Fine.' })]),
      }),
    )
})
afterAll(() => store[Symbol.asyncDispose]())

async function ask(query: string) {
  const { hits, warnings } = await search(operatorScope(), { query, mode: 'keyword', limit: 10 })
  return { numbers: hits.map(({ number }) => number), warnings }
}

describe('a quoted phrase', () => {
  const told = 'Nothing contains every quoted phrase, so they were searched as words.'

  test('of a pasted error is searched as words if nothing contains it, and the answer says so', async () => {
    const { numbers, warnings } = await ask(
      'Cannot find module "@acme/tools" imported from "/app/index.js"',
    )
    expect(numbers[0]).toBe(1)
    expect(warnings).toContain(told)
  })

  test('is required where something contains it', async () => {
    expect(await ask('"@acme/tools" "/srv/index.js"')).toEqual({ numbers: [1], warnings: [] })
    expect(await ask('"never written anywhere zzyx"')).toMatchObject({ numbers: [] })
  })
})

test('an unknown qualifier is searched as text, both halves, with the warning beside', async () => {
  expect(await ask('error:ENOENT')).toEqual({
    numbers: [2],
    warnings: ['`error:` is not a qualifier, so `error:ENOENT` was taken as text.'],
  })
  expect((await ask('level:error msg:timeout')).numbers).toEqual([2])
})

test.each([
  ['team:core', '`team:` was ignored: Whence does not store the data that it needs.'],
  ['@me', '`@me` was ignored: nobody signs in here; write a login, as in `author:ann`.'],
  [
    'author:@me',
    '`author:@me` was ignored: it needs a login, but nobody signs in here; write your login.',
  ],
  ['is:issue', '`is:issue` was ignored: only pull requests are searched.'],
  ['->', 'The query has no letters or digits: there is nothing to search for.'],
])('%s alone finds nothing, and says why', async (query, warning) => {
  expect(await ask(query)).toEqual({ numbers: [], warnings: [warning] })
})

test('beside something understood, what is ignored has only its warning', async () => {
  expect(await ask('is:merged team:core sort:created-asc')).toMatchObject({
    numbers: expect.arrayContaining([1, 2, 3]),
    warnings: [expect.stringContaining('`team:` was ignored')],
  })
  expect((await ask('sort:created-asc')).numbers).toHaveLength(3)
})

describe('a person', () => {
  test.each(['author:Copilot', 'author:app/copilot-swe-agent', 'author:copilot-swe-agent[bot]'])(
    'with several logins is found by %s',
    async (query) => {
      expect(await ask(query)).toEqual({ numbers: [3], warnings: [] })
    },
  )

  test('whose login is misspelt is suggested', async () => {
    expect(await ask('author:anette')).toEqual({
      numbers: [],
      warnings: ['Nobody named `anette` opened a pull request here; did you mean `annette`?'],
    })
    expect(await ask('author:annette is:merged')).toMatchObject({ warnings: [] })
  })
})

describe('a label with an emoji', () => {
  const told = `There is a label of that name: write \`label:"${LABEL}"\`.`

  test('is found by its name', async () => {
    expect(await ask(`label:"${LABEL}"`)).toEqual({ numbers: [3], warnings: [] })
  })

  test.each([LABEL, `label:${LABEL}`, 'label:"good first issue 🔰"', 'good first issue'])(
    'is suggested for %s',
    async (query) => {
      expect((await ask(query)).warnings).toContain(told)
    },
  )
})
