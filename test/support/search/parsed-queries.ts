import { expect } from 'vitest'
import { conjunctsOf } from '#app/search/query/expression.ts'
import { parse as parseAt } from '#app/search/query/parse.ts'
import type { Expression, ParsedQuery, Phrase, QueryFilter, Term } from '#app/search/query/query.ts'

const NOW = new Date('2026-03-31T12:00:00Z')

/** The parts that must all hold, by what they are. */
export interface QueryParts extends Omit<ParsedQuery, 'expression'> {
  words: string[]
  phrases: string[]
  /** Each with one term at least that is required. */
  alternatives: (Term | Phrase)[][]
  excluded: (Term | Phrase)[]
  filters: (QueryFilter & { negated: boolean })[]
  others: Expression[]
}

export const EMPTY: QueryParts = {
  words: [],
  phrases: [],
  alternatives: [],
  excluded: [],
  filters: [],
  others: [],
  similar: null,
  sort: { by: 'relevance', direction: 'desc' },
  warnings: [],
}

export function parse(text: string): QueryParts {
  const { expression, ...query } = parseAt(text, NOW)
  const parts: QueryParts = structuredClone({ ...EMPTY, ...query })
  for (const one of conjunctsOf(expression)) addPart(parts, one)
  return parts
}

/** Returns the expression of a query; expects no warnings. */
export function expressionOf(text: string): Expression {
  const { expression, warnings } = parseAt(text, NOW)
  expect(warnings).toEqual([])
  return expression
}

function addPart(parts: QueryParts, one: Expression): void {
  if (one.kind === 'term') parts.words.push(one.text)
  else if (one.kind === 'phrase') parts.phrases.push(one.text)
  else if (one.kind === 'filter') parts.filters.push({ ...one.filter, negated: false })
  else if (one.kind === 'or' && one.any.every(isTerm)) parts.alternatives.push(one.any)
  else if (one.kind === 'not' && isTerm(one.one)) parts.excluded.push(one.one)
  else if (one.kind === 'not' && one.one.kind === 'filter')
    parts.filters.push({ ...one.one.filter, negated: true })
  else parts.others.push(one)
}

function isTerm(one: Expression): one is Term | Phrase {
  return one.kind === 'term' || one.kind === 'phrase'
}

/** Returns the fields in which a query differs from an empty one; expects no warnings. */
export function added(text: string): Partial<QueryParts> {
  const { warnings, ...query } = parse(text)
  expect(warnings).toEqual([])
  return Object.fromEntries(
    Object.entries(query).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(EMPTY[name as keyof QueryParts]),
    ),
  )
}

export function word(text: string): Term {
  return { kind: 'term', text }
}

export function phrase(text: string): Phrase {
  return { kind: 'phrase', text }
}
