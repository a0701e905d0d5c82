import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conjunctsOf, leavesOf } from '#app/search/query/expression.ts'
import { QUERY_TERMS } from '#app/search/query/limit-terms.ts'
import { parse as parseAt, QUERY_FILTERS, QUERY_LENGTH } from '#app/search/query/parse.ts'
import type { Expression } from '#app/search/query/query.ts'
import { GROUP_DEPTH } from '#app/search/query/tokens-of-query.ts'
import { added, parse, word } from '../../support/search/parsed-queries.ts'

describe('limits', () => {
  test('a long query is truncated between words, with a warning', () => {
    const query = parse('author:bob '.repeat(5000))
    expect(query.warnings).toContain(
      'The query has 55,000 characters; only the first 1,000 were used.',
    )
    const values = Array.from({ length: QUERY_FILTERS }, () => 'bob')
    expect(query.filters).toEqual([{ kind: 'author', values, negated: false }])
    expect(parse('x'.repeat(50_000)).words).toEqual(['x'.repeat(QUERY_LENGTH)])
  })

  test('stop words do not count towards the limit on words', () => {
    const words = Array.from({ length: 40 }, (_, index) => `w${index}`)
    const query = parse(`the ${words.join(' the ')} w1 w2`)
    expect(query.words.filter((one) => one !== 'the')).toEqual(words.slice(0, QUERY_TERMS))
    expect(query.warnings).toEqual(['The query has 40 words and phrases; only 32 were used.'])
  })

  test('required terms take precedence over ranked words', () => {
    const many = Array.from({ length: 40 }, (_, index) => `w${index}`)
    expect(parse(`${many.join(' ')} "a b" -c`)).toMatchObject({
      phrases: ['a b'],
      excluded: [word('c')],
      words: many.slice(0, QUERY_TERMS - 2),
    })
    expect(parse(many.join(' OR ')).alternatives).toEqual([many.slice(0, 32).map(word)])
  })

  test('groups are read to a depth, with a warning beyond', () => {
    const nested = (depth: number) => `${'-('.repeat(depth)}a b${')'.repeat(depth)} c`
    expect(parse(nested(GROUP_DEPTH)).warnings).toEqual([])
    expect(parse(nested(GROUP_DEPTH + 1)).warnings).toEqual([
      'Parentheses were ignored where they are nested more than 8 deep.',
    ])
    expect(parse('('.repeat(500) + ')'.repeat(499)).warnings).toEqual([
      'A parenthesis is not closed: the group was read up to the end of the query.',
      'Parentheses were ignored where they are nested more than 8 deep.',
    ])
  })

  test('the numbers of qualifiers and of warnings are limited', () => {
    const query = parse('is:open '.repeat(40))
    expect(query.filters).toHaveLength(QUERY_FILTERS)
    expect(query.warnings).toEqual(['The query has 40 qualifiers; only the first 32 were used.'])
    const odd = Array.from({ length: 60 }, (_, index) => `is:x${index}`).join(' ')
    expect(parse(odd).warnings).toHaveLength(21)
  })

  test('the stars in the values of a query are limited, a double star counting once', () => {
    const query = parse('path:**/*.ts path:src/** base:a*b*c*d path:a*b*c* label:x* path:b label:y')
    expect(query.filters).toContainEqual({
      kind: 'path',
      values: ['**/*.ts', 'src/**', 'b'],
      negated: false,
    })
    expect(query.warnings).toEqual([
      '`path:a*b*c*` was ignored: the values of a query can have 8 stars together; leave out those that are not needed.',
      '`label:x*` was ignored: the values of a query can have 8 stars together; leave out those that are not needed.',
    ])
    expect(parse(`-path:${'*a'.repeat(9)}`)).toMatchObject({ filters: [], others: [] })
  })

  test('a warning quotes user input on one line, truncated', () => {
    const [warning] = parse(`author:"${'a\n`b'.repeat(100)}"`).warnings
    expect(warning?.length).toBeLessThan(150)
    expect(warning).not.toContain('\n')
    expect(warning?.split('`')).toHaveLength(3)
  })

  test('characters that PostgreSQL rejects are removed', () => {
    expect(added('a\0b x\ud800y "\0c d"')).toEqual({ words: ['ab', 'x\ufffdy'], phrases: ['c d'] })
  })
})

const signs = [
  ...'ab:-"“”(),.*#@/<>\\= \n\0\ud83d😀١é漢',
  'OR ',
  'NOT ',
  'AND ',
  '..',
  '14d',
  ' (',
  ') ',
  '-(',
]
const names = ['repo:', 'author:', 'label:', 'is:', 'created:', 'in:', 'similar:', 'sort:', 'path:']
const pieces = fc.oneof(fc.constantFrom(...signs, ...names), fc.string({ unit: 'binary' }))
const hostile = fc.array(pieces, { maxLength: 400 }).map((parts) => parts.join(''))

function textsOf(expression: Expression): string[] {
  return leavesOf(expression, 'negated too').flatMap((leaf) => {
    if (leaf.kind !== 'filter') return [leaf.text]
    return 'values' in leaf.filter ? leaf.filter.values : []
  })
}

function depthOf(expression: Expression): number {
  if (expression.kind === 'and') return 1 + Math.max(0, ...expression.all.map(depthOf))
  if (expression.kind === 'or') return 1 + Math.max(...expression.any.map(depthOf))
  return expression.kind === 'not' ? 1 + depthOf(expression.one) : 0
}

describe('any text', () => {
  test('is a query of bounded size that PostgreSQL accepts', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { expression, warnings } = parseAt(text, new Date('2026-03-31T12:00:00Z'))
        const leaves = leavesOf(expression, 'negated too')
        const required = leaves.filter(
          (one) => one.kind !== 'filter' && !conjunctsOf(expression).includes(one),
        )
        expect(required.length).toBeLessThanOrEqual(QUERY_TERMS)
        const filters = leaves.flatMap((one) => (one.kind === 'filter' ? [one.filter] : []))
        expect(filters.length).toBeLessThanOrEqual(2 * QUERY_FILTERS)
        // Each group is a conjunction, an alternative and a negation at most.
        expect(depthOf(expression)).toBeLessThanOrEqual(3 * (GROUP_DEPTH + 1))
        expect(warnings.length).toBeLessThanOrEqual(21)
        const texts = textsOf(expression)
        const sizes = texts.map((one) => one.length)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(QUERY_LENGTH)
        for (const one of [...texts, ...warnings]) {
          expect(one).not.toContain('\0')
          expect(Buffer.from(one).toString()).toBe(one)
        }
        for (const one of filters) {
          if ('values' in one) expect(one.values.length).toBeGreaterThan(0)
          if ('span' in one)
            for (const at of [one.span.from, one.span.until]) expect(at?.getTime()).not.toBeNaN()
        }
      }),
      { numRuns: 500 },
    )
  })

  const plain = fc.stringMatching(/^[a-z0-9_é漢][a-z0-9_.é漢-]{0,8}$/)

  test('without special characters is kept unchanged', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 30 }), (words) => {
        expect(added(words.join(' '))).toEqual(words.length > 0 ? { words } : {})
      }),
    )
  })

  test('in quotes is kept unchanged', () => {
    const phrases = fc.uniqueArray(
      fc.array(plain, { minLength: 1, maxLength: 3 }).map((words) => `p ${words.join(' ')}`),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(phrases, (all) => {
        expect(added(all.map((one) => `"${one}"`).join(' '))).toEqual({ phrases: all })
      }),
    )
  })
})
