import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QUERY_FILTERS, QUERY_LENGTH, QUERY_TERMS } from '#app/search/query/parse-query.ts'
import type { SearchQuery } from '#app/search/query/query.ts'
import { added, parse, word } from '../../support/search/parsed-queries.ts'

describe('limits', () => {
  test('a long query is truncated between words, with a warning', () => {
    const query = parse('author:bob '.repeat(5000))
    expect(query.warnings).toContain(
      'The query has 55,000 characters; only the first 1,000 were used.',
    )
    expect(query.filters).toHaveLength(QUERY_FILTERS)
    expect(query.filters.every((one) => 'values' in one && one.values[0] === 'bob')).toBe(true)
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

  test('the numbers of qualifiers and of warnings are limited', () => {
    const query = parse('is:open '.repeat(40))
    expect(query.filters).toHaveLength(QUERY_FILTERS)
    expect(query.warnings).toEqual(['The query has 40 qualifiers; only the first 32 were used.'])
    const odd = Array.from({ length: 60 }, (_, index) => `is:x${index}`).join(' ')
    expect(parse(odd).warnings).toHaveLength(21)
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

const signs = [...'ab:-"“”(),.*#@/<>\\= \n\0\ud83d😀١é漢', 'OR ', 'NOT ', 'AND ', '..', '14d']
const names = ['repo:', 'author:', 'label:', 'is:', 'created:', 'in:', 'similar:', 'sort:', 'path:']
const pieces = fc.oneof(fc.constantFrom(...signs, ...names), fc.string({ unit: 'binary' }))
const hostile = fc.array(pieces, { maxLength: 400 }).map((parts) => parts.join(''))

function textsOf(query: SearchQuery): string[] {
  const terms = [...query.excluded, ...query.alternatives.flat()].map(({ text }) => text)
  const values = query.filters.flatMap((one) => ('values' in one ? one.values : []))
  return [...query.words, ...query.phrases, ...terms, ...values, ...query.warnings]
}

describe('any text', () => {
  test('is a query of bounded size that PostgreSQL accepts', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const query = parse(text)
        const texts = textsOf(query)
        expect(query.filters.length).toBeLessThanOrEqual(QUERY_FILTERS)
        expect(query.warnings.length).toBeLessThanOrEqual(21)
        const required = [query.phrases, query.excluded, query.alternatives.flat()]
        expect(required.flat().length).toBeLessThanOrEqual(QUERY_TERMS)
        expect(query.alternatives.every((group) => group.length > 0)).toBe(true)
        const sizes = texts.slice(0, texts.length - query.warnings.length).map((one) => one.length)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(QUERY_LENGTH)
        for (const one of texts) {
          expect(one).not.toContain('\0')
          expect(Buffer.from(one).toString()).toBe(one)
        }
        for (const one of query.filters) {
          if ('values' in one) expect(one.values.length).toBeGreaterThan(0)
          else for (const at of [one.span.from, one.span.until]) expect(at?.getTime()).not.toBeNaN()
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
