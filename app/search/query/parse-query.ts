/** Parses a query as typed. docs/search.md, "Qualifiers", describes the language. */
import { cleanText } from '#app/passages/clean.ts'
import { qualifierName, readQualifier } from './qualifiers.ts'
import type { SearchQuery, Term } from './query.ts'
import { warn } from './query-warnings.ts'
import { isStopWord } from './stop-words.ts'
import {
  type QualifierToken,
  type TermToken,
  type Token,
  tokensOfQuery,
} from './tokens-of-query.ts'

/** Maximum length of a query in UTF-16 units; the rest is ignored. */
export const QUERY_LENGTH = 1000
/** Maximum number of words and phrases; stop words and repeated words do not count. */
export const QUERY_TERMS = 32
/** Maximum number of conditions. */
export const QUERY_FILTERS = 32

type Unit = TermToken | QualifierToken

/** A sign that can be searched for. */
export const SAYING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u
// For these, `a OR b` becomes one condition with two values; for the other kinds, repeating a qualifier has
// a meaning of its own.
const JOINABLE = new Set(['label', 'is', 'review', 'no'])
const ALTERNATIVE = new Set([
  ...['repo', 'org', 'author', 'commenter', 'reviewed-by', 'involves', 'assignee'],
  ...['milestone', 'base', 'head', 'path', 'in'],
])

/**
 * Parses a query in linear time and never fails: what it does not understand becomes a warning.
 *
 * @param now the time from which ages such as `updated:<14d` are counted.
 */
export function parseQuery(text: string, now: Date): SearchQuery {
  const query: SearchQuery = {
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
  const { tokens, isUnbalanced, hasGroups } = tokensOfQuery(cutQuery(query, text))
  if (isUnbalanced)
    warn(query, 'A quote is not closed: everything after it was read as one phrase.')
  if (hasGroups && tokens.some((token) => token.kind === 'operator' || token.negated))
    warn(query, 'Parentheses were ignored: they do not group.')
  for (const group of joinByOr(query, negateByNot(query, tokens))) addGroup(query, group, now)
  cutFilters(query)
  return cutTerms(query)
}

/** Truncates between words, so that no partial word is searched for. */
function cutQuery(query: SearchQuery, text: string): string {
  if (text.length <= QUERY_LENGTH) return cleanText(text)
  warn(
    query,
    `The query has ${formatNumber(text.length)} characters; only the first ${formatNumber(QUERY_LENGTH)} were used.`,
  )
  const kept = text.slice(0, QUERY_LENGTH + 1)
  const end = kept.search(/\s\S*$/)
  return cleanText(kept.slice(0, end > 0 ? end : QUERY_LENGTH))
}

/** Turns `NOT a` into `-a` and drops `AND`, which is the default. */
function negateByNot(query: SearchQuery, tokens: Token[]): (Unit | 'OR')[] {
  const units: (Unit | 'OR')[] = []
  let isNegated = false
  for (const token of tokens) {
    if (token.kind !== 'operator') {
      units.push(isNegated ? { ...token, negated: true } : token)
      isNegated = false
    } else if (token.word === 'NOT') isNegated = true
    else if (token.word === 'OR') units.push('OR')
  }
  if (isNegated) warn(query, '`NOT` was ignored: nothing follows it.')
  return units
}

/** Groups the terms that `OR` joins, in order; any other term is a group of one. */
function joinByOr(query: SearchQuery, units: (Unit | 'OR')[]): Unit[][] {
  const groups: Unit[][] = []
  let isJoined = false
  for (const [index, unit] of units.entries()) {
    if (unit !== 'OR') {
      const last = isJoined ? groups.at(-1) : undefined
      if (last) last.push(unit)
      else groups.push([unit])
      isJoined = false
    } else if (index === 0 || index === units.length - 1 || isJoined)
      warn(query, '`OR` was ignored where it is not between two terms.')
    else isJoined = true
  }
  return groups
}

function addGroup(query: SearchQuery, group: Unit[], now: Date): void {
  const isJoined = group.length > 1
  if (isJoined && group.every(isPlainTerm)) {
    addAlternatives(query, group)
    return
  }
  const joined = isJoined ? joinQualifiers(group) : group
  if (joined === null)
    warn(
      query,
      '`OR` was ignored where it does not join words and phrases, or qualifiers of one kind.',
    )
  for (const unit of joined ?? group) {
    if (unit.kind === 'qualifier') readQualifier(query, unit, now)
    else addTerm(query, unit)
  }
}

function isPlainTerm(unit: Unit): unit is TermToken {
  return unit.kind !== 'qualifier' && !unit.negated
}

/** @returns null if they cannot be alternatives. */
function joinQualifiers(group: Unit[]): QualifierToken[] | null {
  const qualifiers = group.filter((unit) => unit.kind === 'qualifier' && !unit.negated)
  const all = qualifiers as QualifierToken[]
  const [first] = all
  const name = first && qualifierName(first)
  if (!name || all.length < group.length || all.some((one) => qualifierName(one) !== name))
    return null
  if (ALTERNATIVE.has(name)) return all
  return JOINABLE.has(name) ? [{ ...first, values: all.flatMap((one) => one.values) }] : null
}

function addAlternatives(query: SearchQuery, group: TermToken[]): void {
  const terms = group.filter((term) => isSaying(query, term))
  if (terms.length > 0) query.alternatives.push(terms.map(termOf))
}

function addTerm(query: SearchQuery, token: TermToken): void {
  if (token.kind === 'word' && token.text.toLowerCase() === '@me')
    warn(query, '`@me` was ignored: nobody signs in here; write a login, as in `author:ann`.')
  else if (token.kind === 'word' && !token.negated) query.words.push(token.text)
  else if (!isSaying(query, token)) return
  else if (token.negated) query.excluded.push(termOf(token))
  else query.phrases.push(token.text)
}

/** Returns true if the term can be found at all; a required or excluded term must be. */
function isSaying(query: SearchQuery, { kind, text }: TermToken): boolean {
  if (SAYING.test(text)) return true
  const what = kind === 'phrase' ? 'A phrase' : 'A word'
  warn(query, `${what} without letters or digits was ignored: there is nothing to search for.`)
  return false
}

function termOf({ kind, text }: TermToken): Term {
  return { kind, text }
}

function cutFilters(query: SearchQuery): void {
  const count = query.filters.length
  if (count <= QUERY_FILTERS) return
  query.filters = query.filters.slice(0, QUERY_FILTERS)
  warn(
    query,
    `The query has ${formatNumber(count)} qualifiers; only the first ${QUERY_FILTERS} were used.`,
  )
}

/** Truncates the list of terms; required terms take precedence over ranked words. */
function cutTerms(query: SearchQuery): SearchQuery {
  let left = QUERY_TERMS
  function takeFrom<One>(all: One[], weigh: (one: One) => number): One[] {
    return all.filter((one) => {
      left -= weigh(one)
      return left >= 0
    })
  }
  const known = new Set<string>()
  function weighWord(word: string): number {
    const folded = word.toLowerCase()
    if (known.has(folded) || isStopWord(folded.replace(/['’]/g, ''))) return 0
    known.add(folded)
    return 1
  }
  const cut = {
    phrases: takeFrom([...new Set(query.phrases)], () => 1),
    excluded: takeFrom(query.excluded, () => 1),
    alternatives: query.alternatives
      .map((group) => takeFrom(group, () => 1))
      .filter((group) => group.length > 0),
    words: takeFrom(query.words, weighWord),
  }
  if (left < 0)
    warn(
      query,
      `The query has ${formatNumber(QUERY_TERMS - left)} words and phrases; only ${QUERY_TERMS} were used.`,
    )
  return { ...query, ...cut }
}

function formatNumber(count: number): string {
  return count.toLocaleString('en-US')
}
