import { expect } from 'vitest'
import { parseQuery } from '#app/search/query/parse-query.ts'
import type { SearchQuery, Term } from '#app/search/query/query.ts'

const NOW = new Date('2026-03-31T12:00:00Z')
export const EMPTY: SearchQuery = {
  words: [],
  phrases: [],
  alternatives: [],
  excluded: [],
  filters: [],
  places: null,
  bots: null,
  similar: null,
  sort: { by: 'relevance', direction: 'desc' },
  warnings: [],
}

export function parse(text: string): SearchQuery {
  return parseQuery(text, NOW)
}

/** Returns the fields in which a query differs from an empty one; expects no warnings. */
export function added(text: string): Partial<SearchQuery> {
  const { warnings, ...query } = parse(text)
  expect(warnings).toEqual([])
  return Object.fromEntries(
    Object.entries(query).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(EMPTY[name as keyof SearchQuery]),
    ),
  )
}

export function word(text: string): Term {
  return { kind: 'word', text }
}

export function phrase(text: string): Term {
  return { kind: 'phrase', text }
}
