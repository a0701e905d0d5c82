import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FacetName, narrowedBy, toggleQualifier } from '#app/search/query/toggle-qualifier.ts'

const VALUES: [FacetName, string, string][] = [
  ['repository', 'acme/engine', 'repo:acme/engine'],
  ['author', 'dependabot[bot]', 'author:dependabot[bot]'],
  ['label', 'bug', 'label:bug'],
  ['label', 'good first issue', 'label:"good first issue"'],
  ['label', 'area: search, "hard"', 'label:"area: search,  hard "'],
  ['state', 'merged', 'is:merged'],
  ['year', '2024', 'created:2024-01-01..2024-12-31'],
]

describe('a facet', () => {
  test.each(VALUES)('%s %j adds %s and removes it again', (facet, value, qualifier) => {
    const on = toggleQualifier('why "the cache"', facet, value)
    expect(on).toEqual({ isOn: false, query: `why "the cache" ${qualifier}` })
    const off = toggleQualifier(on.query, facet, value)
    expect(off).toEqual({ isOn: true, query: 'why "the cache"' })
  })

  test('is on regardless of how it was typed', () => {
    expect(toggleQualifier('a Label:"bug" b', 'label', 'bug')).toEqual({ isOn: true, query: 'a b' })
  })

  test('is not on because of a word in a phrase or a negated qualifier', () => {
    expect(toggleQualifier('"say label:bug now"', 'label', 'bug').isOn).toBe(false)
    expect(toggleQualifier('-label:bug', 'label', 'bug').isOn).toBe(false)
  })

  test('is not on because of a qualifier in a group or beside an operator', () => {
    for (const query of [
      '(label:bug OR is:open)',
      'a OR label:bug',
      'NOT label:bug',
      '(a label:bug b)',
    ])
      expect(toggleQualifier(query, 'label', 'bug')).toEqual({
        isOn: false,
        query: `${query} label:bug`,
      })
    expect(toggleQualifier('(a OR b) label:bug', 'label', 'bug').query).toBe('(a OR b)')
  })

  test('becomes the entire query if the query was empty', () => {
    expect(toggleQualifier('  ', 'state', 'open').query).toBe('is:open')
  })

  test('can be removed again from any query', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...VALUES), (typed, [facet, value]) => {
        const on = toggleQualifier(typed, facet, value)
        // An unclosed quote includes everything that follows.
        fc.pre(!on.isOn && (typed.split('"').length - 1) % 2 === 0)
        expect(toggleQualifier(on.query, facet, value).isOn).toBe(true)
      }),
    )
  })
})

test('the narrowing qualifiers of a query are listed, each with the query without it', () => {
  const query = 'cache is:merged "is:open" label:"good first issue" author: is:merged path:src'
  expect(narrowedBy(query)).toEqual([
    {
      qualifier: 'is:merged',
      without: 'cache "is:open" label:"good first issue" author: path:src',
    },
    {
      qualifier: 'label:"good first issue"',
      without: 'cache is:merged "is:open" author: is:merged path:src',
    },
  ])
  expect(narrowedBy('cache')).toEqual([])
  expect(narrowedBy('(label:a OR label:b) -(is:open) (x is:open) NOT is:open is:merged')).toEqual([
    { qualifier: 'is:merged', without: '(label:a OR label:b) -(is:open) (x is:open) NOT is:open' },
  ])
})
