import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parametersOf } from '#app/database/parameters.ts'
import { passageConditions, pullCondition } from '#app/search/filters/conditions.ts'
import { orderOf } from '#app/search/filters/filters.ts'
import { plan } from '#app/search/plan/plan.ts'
import { parse } from '#app/search/query/parse.ts'
import { searchedIn } from '#app/search/text/closing-issues.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { layPullsToFind, type PullsToFind } from '../../support/search/pulls-to-find.ts'

const NOW = new Date('2026-06-15T00:00:00Z')
const ALL = [1, 2, 3, 4, 5, 6]

let opened: TestServices
let db: TestServices['services']['database']['pool']
let pulls: PullsToFind

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  pulls = await layPullsToFind(db, await addInstallation(opened.services.database))
})
afterAll(() => opened.close())

/** Returns the numbers of the pull requests found by a query without words. */
async function found(text: string, order = 'pr.number'): Promise<number[]> {
  const { condition } = plan(parse(text, NOW), 'keyword')
  const parameters = parametersOf(['kept'])
  const conditions = [
    '$1::text is not null',
    pullCondition(condition, searchedIn([]))(parameters.bind),
  ]
  const { rows } = await db.query<{ number: number }>(
    `select pr.number from pull_request pr join repository r on r.id = pr.repository_id
     where ${conditions.join(' and ')} order by ${order}`,
    parameters.values,
  )
  return rows.map(({ number }) => number)
}

/** Returns the passages searched by a query with words: number, kind and part. */
async function looked(text: string): Promise<string[]> {
  const { condition } = plan(parse(`word ${text}`, NOW), 'keyword')
  const parameters = parametersOf()
  const conditions = passageConditions(condition, []).map((one) => one(parameters.bind))
  const { rows } = await db.query<{ what: string }>(
    `select concat_ws(' ', pr.number, p.kind, nullif(p.part, 0)) as what
     from passage p join pull_request pr on pr.id = p.pull_request_id
       join repository r on r.id = pr.repository_id
     where ${['true', ...conditions].join(' and ')} order by 1`,
    parameters.values,
  )
  return rows.map(({ what }) => what)
}

function without(numbers: number[]): number[] {
  return ALL.filter((number) => !numbers.includes(number))
}

describe('a filter finds its matches, and its negation everything else', () => {
  test.each<[string, number[]]>([
    ['repo:acme/TOOLS', [1, 2, 3]],
    ['repo:tools', [1, 2, 3, 6]],
    ['repo:acme/*', [1, 2, 3, 4, 5]],
    ['repo:docs_2', [4, 5]],
    ['repo:docsX2', []],
    ['repo:*s_2', [4, 5]],
    ['repo:docs_2,other/tools', [4, 5, 6]],
    ['org:ACME', [1, 2, 3, 4, 5]],
    ['org:acm', []],
    ['author:ANN', [1, 4]],
    ['author:bob,cleo', [2, 5]],
    ['author:renovate', [3]],
    ['author:app/renovate', [3]],
    ['author:renovate[bot]', [3]],
    ['author:nobody', []],
    ['assignee:cleo', [2]],
    ['commenter:bob', [1, 4]],
    ['commenter:ann', [2]],
    ['commenter:cleo', [3]],
    ['reviewed-by:bob', [3, 4]],
    ['reviewed-by:cleo', []],
    ['involves:cleo', [2, 3, 5]],
    ['involves:bob', [1, 2, 3, 4]],
    ['involves:renovate', [1, 3]],
    ['label:BUG', [1, 2]],
    ['label:"good first issue",50%', [1, 3]],
    ['label:5%', []],
    ['milestone:"V1, later"', [1]],
    ['base:main', [1, 2, 4, 5, 6]],
    ['base:release/*', [3]],
    ['base:release', []],
    ['head:fix_this', [4]],
    ['head:fix*', [4, 5]],
    ['head:f*_this', [4]],
    ['is:open', [1, 2, 6]],
    ['is:closed', [3, 4, 5]],
    ['is:merged', [3, 4]],
    ['is:unmerged', [1, 2, 5, 6]],
    ['is:draft', [2]],
    ['is:draft,merged', [2, 3, 4]],
    ['review:approved', [2]],
    ['review:changes_requested', [3]],
    ['review:none', [1, 6]],
    ['no:label', [4, 5, 6]],
    ['no:assignee', [1, 3, 4, 5, 6]],
    ['no:milestone', [2, 3, 4, 5, 6]],
    ['created:>2026-02', [6]],
    ['created:2026-01-01', [1, 2, 3, 4, 5]],
    ['updated:<14d', [6]],
    ['updated:>14d', [1, 2, 3, 4, 5]],
    ['merged:2026-03', [3, 4]],
    ['merged:*..*', [3, 4]],
    ['merged:2026-03-10T00:00Z..*', [3, 4]],
    ['merged:<2026-03-10', []],
    ['closed:2026-04..2026-06', [5]],
    ['path:src', [3, 4]],
    ['path:/src', [3]],
    ['path:auth/login', [3]],
    ['path:src/*.ts', []],
    ['path:src/**/*.ts', [3]],
    ['path:src/**/login.ts', [3]],
    ['path:src/**', [3, 4]],
    ['path:src/*', [4]],
    ['path:*.ts', [3]],
    ['path:/*.ts', []],
    ['path:/**.ts', [3]],
    ['path:src/*/', [3]],
    ['path:50%', [4]],
    ['path:5*%.md', [4]],
    ['path:a.m', [4]],
    ['path:a*m', []],
    ['path:a+m*', []],
    ['path:parser/tokens', [1]],
    ['path:LIB/*/*.c', [1]],
    ['path:lib/**', [1, 2]],
    ['path:lib/*.c', [2]],
    ['path:old/scanner', [2]],
    ['path:scan,tree', []],
  ])('%s', async (text, numbers) => {
    expect(await found(text)).toEqual(numbers)
    expect(await found(`-${text}`)).toEqual(without(numbers))
  })
})

describe('combined filters', () => {
  test.each<[string, number[]]>([
    ['', ALL],
    ['author:ann author:bob', [1, 2, 4]],
    ['author:ann OR author:bob', [1, 2, 4]],
    ['author:ann,bob is:open', [1, 2]],
    ['author:ann author:bob -author:ann', [2]],
    ['-author:ann -author:bob', [3, 5, 6]],
    ['label:bug label:"good first issue"', [1]],
    ['label:50% OR label:"good first issue"', [1, 3]],
    ['is:open is:draft', [2]],
    ['is:open is:merged', []],
    ['created:>2026-02 created:<2026-06', []],
    ['created:>2026-02 created:<2026-07', [6]],
    ['repo:acme/tools org:acme', [1, 2, 3]],
    ['path:login path:a.md', [3, 4]],
    ['path:login path:parser', [1, 3]],
    ['path:parser in:comments', [1]],
    ['path:scan in:comments', []],
    ['path:src -path:docs', [3]],
    ['bot:true', [3]],
    ['bot:false', [1, 2, 4, 5, 6]],
    ['in:title', ALL],
    ['in:comments', [1, 3, 4]],
    ['in:comments bot:true', [1]],
    ['in:comments bot:false path:src', [3, 4]],
    ['in:reviews', [2, 3, 4]],
    ['in:commits', [4]],
    ['author:cleo OR label:50%', [3, 5]],
    ['(is:open author:ann) OR is:merged', [1, 3, 4]],
    ['(author:ann OR author:bob) label:bug', [1, 2]],
    ['(author:ann OR author:bob) (author:bob OR author:cleo)', [2]],
    ['(author:ann) author:bob', []],
    ['-(author:ann OR label:bug)', [3, 5, 6]],
    ['-(author:ann label:bug)', [2, 3, 4, 5, 6]],
    ['NOT (label:bug OR -(is:closed))', [3, 4, 5]],
    ['-(is:merged path:src)', [1, 2, 5, 6]],
    ['-(in:comments bot:true)', [2, 3, 4, 5, 6]],
    ['(in:comments bot:true) OR in:commits', [1, 4]],
    ['bot:true OR is:draft', [2, 3]],
    ['created:2026-03 OR merged:2026-03', [3, 4]],
    ['is:draft,unmerged', [1, 2, 5, 6]],
    ['-(-author:ann)', [1, 4]],
  ])('%s', async (text, numbers) => {
    expect(await found(text)).toEqual(numbers)
  })

  const leaves = [
    'author:ann',
    'label:bug',
    'is:open',
    'no:label',
    'head:fix*',
    'path:src',
    'review:none',
    'merged:*..*',
  ]

  test('mean what they say, however they are grouped', async () => {
    const matches = new Map<string, number[]>()
    for (const leaf of leaves) matches.set(leaf, await found(leaf))
    const grouped = fc.letrec<{ all: Grouped; leaf: Grouped; group: Grouped }>((tie) => ({
      all: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('group')),
      leaf: fc.constantFrom(...leaves).map((text) => ({
        text,
        numbers: matches.get(text) as number[],
      })),
      group: fc
        .tuple(fc.boolean(), fc.boolean(), fc.array(tie('all'), { minLength: 1, maxLength: 3 }))
        .map(([isNot, isOr, all]) => groupOf(isNot, isOr, all)),
    })).all
    await fc.assert(
      fc.asyncProperty(grouped, async ({ text, numbers }) => {
        expect(await found(text)).toEqual(numbers)
      }),
      { numRuns: 150 },
    )
  })
})

/** A query, and the numbers of the pull requests that it finds. */
interface Grouped {
  text: string
  numbers: number[]
}

function groupOf(isNot: boolean, isOr: boolean, all: Grouped[]): Grouped {
  const numbers = ALL.filter((number) => {
    const isIn = (one: Grouped) => one.numbers.includes(number)
    return (isOr ? all.some(isIn) : all.every(isIn)) !== isNot
  })
  const texts = all.map(({ text }) => `(${text})`)
  return { text: `${isNot ? '-' : ''}(${texts.join(isOr ? ' OR ' : ' ')})`, numbers }
}

describe('with words', () => {
  test.each<[string, string[]]>([
    ['in:title is:closed', ['3 description', '4 description', '5 description']],
    ['in:body author:cleo', ['5 description', '5 description 1']],
    ['in:title,commits author:cleo', ['5 description']],
    ['in:title,commits head:fix_this', ['4 commit', '4 description']],
    ['in:comments is:closed', ['3 review_comment', '4 review_comment', '4 review_comment']],
    ['in:comments bot:true', ['1 comment']],
    [
      'bot:false repo:acme/tools -author:ann',
      ['2 description', '2 review', '3 description', '3 review_comment'],
    ],
    ['path:src', ['3 review_comment', '4 review_comment']],
    ['path:src -path:/docs', ['3 review_comment']],
    ['(path:src is:closed) OR (in:commits)', ['3 review_comment', '4 commit', '4 review_comment']],
    [
      'is:merged -(in:body OR in:comments OR in:reviews)',
      ['3 description', '4 commit', '4 description'],
    ],
    [
      'bot:false author:ann in:comments,commits',
      ['1 comment', '4 commit', '4 review_comment', '4 review_comment'],
    ],
  ])('%s determines the searched passages', async (text, passages) => {
    expect(await looked(text)).toEqual(passages)
  })
})

describe('the order', () => {
  test.each<[string, number[]]>([
    ['sort:created', [6, 5, 4, 3, 2, 1]],
    ['sort:created-asc', [5, 4, 3, 2, 1, 6]],
    ['sort:updated', [6, 5, 4, 3, 2, 1]],
    ['sort:merged', [4, 3, 6, 5, 2, 1]],
    ['sort:merged-asc', [4, 3, 6, 5, 2, 1]],
    ['sort:comments', [4, 1, 6, 3, 5, 2]],
    ['sort:comments-asc', [5, 2, 6, 3, 4, 1]],
  ])('%s', async (text, numbers) => {
    expect(await found('', orderOf(parse(text, NOW).sort) ?? '')).toEqual(numbers)
  })

  test('is undefined for relevance', () => {
    expect(orderOf({ by: 'relevance', direction: 'desc' })).toBeNull()
  })
})

describe('hostile values', () => {
  beforeAll(async () => {
    await pulls.addPassage(6, 'review_comment', null, { path: 'a/'.repeat(2000) })
  })
  const pieces = fc.constantFrom(
    ...`' \\' \\\\ ; -- /* */ $1 $$ % _ * ** ? ( ) [ ] { } | & ! : <-> ^ + . a / # é 😀 , @ ~`.split(
      ' ',
    ),
  )
  const value = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 30 })
    .map((all) => all.join(''))
  const kinds = [
    ...['repo', 'org', 'author', 'commenter', 'reviewed-by', 'involves', 'assignee', 'label'],
    ...['milestone', 'base', 'head', 'path', '-path', '-label', 'in', 'created'],
  ]

  test('are treated as values, whatever they contain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), value, async (kind, text) => {
        const query = `${kind}:"${text}" ${kind}:${text}`
        await found(query)
        await looked(query)
      }),
      { numRuns: 200 },
    )
    expect(await found('')).toEqual(ALL)
  })

  test.each([
    ['through folders', '**a'.repeat(7)],
    ['within folders', '*a'.repeat(7)],
    ['of folders', '**/'.repeat(7)],
    ['after a long name', `${'a'.repeat(900)}*`],
    ['before signs', '*?(['],
  ])('may be globs with many stars, %s', async (_, glob) => {
    expect(await found(`path:${glob}x`)).toEqual([])
  })
})
