import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parametersOf } from '#app/database/parameters.ts'
import { isPath } from '#app/search/filters/patterns.ts'
import { QUERY_STARS } from '#app/search/query/parse.ts'
import { openStore, type Store } from '../../support/records.ts'
import { parse } from '../../support/search/parsed-queries.ts'

let store: Store

beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

async function matching(paths: string[], parts: string[]): Promise<string[]> {
  const parameters = parametersOf([paths])
  const condition = isPath('path', parts, parameters)
  const { rows } = await store.pool.query<{ path: string }>(
    `select path from unnest($1::text[]) with ordinality as one (path, place)
     where ${condition} order by place`,
    parameters.values,
  )
  return rows.map(({ path }) => path)
}

test('a part of a path, or its start after a slash, is found literally, in any case', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'B', '/', '%', '_', '\\', '.'),
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 30 }),
      fc.array(text, { minLength: 1, maxLength: 5 }),
      async (paths, parts) => {
        const found = paths.filter((path) => parts.some((part) => contains(path, part)))
        expect(await matching(paths, parts)).toEqual(found)
      },
    ),
    { numRuns: 60 },
  )
})

function contains(path: string, part: string): boolean {
  const [text, sought] = [path.toLowerCase(), part.toLowerCase()]
  return sought.startsWith('/') ? text.startsWith(sought.slice(1)) : text.includes(sought)
}

// The embedded database cannot end a statement, and answers nobody else meanwhile.
test.each([
  ['parts', Array.from({ length: 32 }, (_, index) => `ab/ab/ab/x${index}`)],
  ['a glob', [`${'**a'.repeat(QUERY_STARS)}z`]],
  ['globs', Array.from({ length: QUERY_STARS }, (_, index) => `*ab/x${index}`)],
])('the worst paths of a query are compared with 25,000 in bounded time: %s', async (_, parts) => {
  const { filters, warnings } = parse(parts.map((part) => `path:${part}`).join(' '))
  expect(warnings).toEqual([])
  const [{ values }] = filters as unknown as [{ values: string[] }]
  expect(values).toEqual(parts)
  const paths = Array.from({ length: 25_000 }, (_, index) => `src/${'ab/'.repeat(60)}${index}`)
  const began = performance.now()
  expect(await matching(paths, values)).toEqual([])
  expect(performance.now() - began).toBeLessThan(8_000)
})
