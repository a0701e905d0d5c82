/** Parses a query as typed. docs/search.md, "Query syntax", describes the language. */
import { cleanText } from '#app/passages/clean.ts'
import { allOf, anyOf, conjunctsOf, EVERYTHING, joinedFilters, not } from './expression.ts'
import { cutTerms } from './limit-terms.ts'
import { readQualifier } from './qualifiers.ts'
import type { Expression, Filter, NameKind, ParsedQuery } from './query.ts'
import { formatNumber, quoted, warn } from './query-warnings.ts'
import {
  GROUP_DEPTH,
  type LeafToken,
  type QualifierToken,
  type Token,
  tokensOfQuery,
} from './tokens-of-query.ts'

/** Maximum length of a query in UTF-16 units; the rest is ignored. */
export const QUERY_LENGTH = 1000
/** Maximum number of qualifiers. */
export const QUERY_FILTERS = 32
/** Maximum number of stars in the values of a query: each makes comparing slower. */
export const QUERY_STARS = 8

// Repeated, these are alternatives. Labels are not: a pull request can have many.
const ALTERNATIVES: ReadonlySet<string> = new Set<NameKind | 'in'>([
  ...(['repo', 'org', 'author', 'commenter', 'reviewed-by', 'involves', 'assignee'] as const),
  ...(['milestone', 'base', 'head', 'path', 'in'] as const),
])

interface Parser {
  query: ParsedQuery
  tokens: Token[]
  at: number
  /** The number of qualifiers so far. */
  qualifiers: number
  /** The number of stars in values so far. */
  stars: number
  now: Date
}

/**
 * Parses a query by recursive descent in linear time, and never fails: what it does not understand becomes a
 * warning.
 *
 *   list    = chain*
 *   chain   = operand (OR operand)*
 *   operand = (NOT | -)* (term | phrase | qualifier | "(" list ")")
 *
 * @param now the time from which ages such as `updated:<14d` are counted.
 */
export function parse(text: string, now: Date): ParsedQuery {
  const query: ParsedQuery = {
    expression: EVERYTHING,
    similar: null,
    sort: { by: 'relevance', direction: 'desc' },
    warnings: [],
  }
  const { tokens, ...faults } = tokensOfQuery(cutQuery(query, text))
  warnOfFaults(query, faults)
  const parser: Parser = { query, tokens, at: 0, qualifiers: 0, stars: 0, now }
  const expression = readList(parser)
  if (parser.qualifiers > QUERY_FILTERS)
    warn(
      query,
      `The query has ${formatNumber(parser.qualifiers)} qualifiers; only the first ${QUERY_FILTERS} were used.`,
    )
  query.expression = cutTerms(query, expression)
  return query
}

/** Truncates between words, so that no partial word is searched for. */
function cutQuery(query: ParsedQuery, text: string): string {
  if (text.length <= QUERY_LENGTH) return cleanText(text)
  warn(
    query,
    `The query has ${formatNumber(text.length)} characters; only the first ${formatNumber(QUERY_LENGTH)} were used.`,
  )
  const kept = text.slice(0, QUERY_LENGTH + 1)
  const end = kept.search(/\s\S*$/)
  return cleanText(kept.slice(0, end > 0 ? end : QUERY_LENGTH))
}

function warnOfFaults(
  query: ParsedQuery,
  faults: Omit<ReturnType<typeof tokensOfQuery>, 'tokens'>,
): void {
  if (faults.hasOpenQuote)
    warn(query, 'A quote is not closed: everything after it was read as one phrase.')
  if (faults.hasOpenGroup)
    warn(query, 'A parenthesis is not closed: the group was read up to the end of the query.')
  if (faults.hasStrayEnd) warn(query, 'A closing parenthesis was ignored: it closes nothing.')
  if (faults.isTooDeep)
    warn(query, `Parentheses were ignored where they are nested more than ${GROUP_DEPTH} deep.`)
}

function readList(parser: Parser): Expression {
  const all: Expression[] = []
  // Where each kind of alternatives is; those of a group stay apart.
  const places = new Map<string, number>()
  for (;;) {
    const next = parser.tokens[parser.at]
    if (next === undefined || next.kind === 'end') return allOf(all)
    const read = readChain(parser)
    if (read === null) continue
    const kind = next.kind !== 'group' && read.kind === 'filter' ? read.filter.kind : ''
    const at = places.get(kind)
    if (at !== undefined) all[at] = joinedFilters([all[at], read] as Filter[])
    else all.push(read)
    if (ALTERNATIVES.has(kind) && at === undefined) places.set(kind, all.length - 1)
  }
}

function readChain(parser: Parser): Expression | null {
  skipOr(parser)
  const operands: (Expression | null)[] = []
  while (isOperand(parser)) {
    operands.push(readOperand(parser))
    if (!isOr(parser.tokens[parser.at])) break
    parser.at++
    skipOr(parser)
    if (!isOperand(parser)) warnOfOr(parser)
  }
  const any = operands.filter((one) => one !== null)
  if (any.length < operands.length && operands.length > 1) warnOfOr(parser)
  return anyOf(any)
}

function isOr(token: Token | undefined): boolean {
  return token?.kind === 'operator' && token.word === 'OR'
}

/** Skips what has no term before it. */
function skipOr(parser: Parser): void {
  for (; isOr(parser.tokens[parser.at]); parser.at++) warnOfOr(parser)
}

function warnOfOr({ query }: Parser): void {
  warn(query, '`OR` was ignored where it is not between two terms.')
}

function isOperand({ tokens, at }: Parser): boolean {
  const token = tokens[at]
  return token !== undefined && token.kind !== 'end'
}

/** @returns null if nothing of it is a condition. */
function readOperand(parser: Parser): Expression | null {
  let isNegated = false
  for (;;) {
    const token = parser.tokens[parser.at]
    if (token?.kind !== 'operator' || token.word !== 'NOT') break
    isNegated = true
    parser.at++
  }
  const token = parser.tokens[parser.at]
  if (token === undefined || token.kind === 'end' || token.kind === 'operator') {
    warn(parser.query, '`NOT` was ignored: nothing follows it.')
    return null
  }
  parser.at++
  const negated = token.negated || isNegated
  return token.kind === 'group' ? readGroup(parser, negated) : readLeaf(parser, token, negated)
}

function readGroup(parser: Parser, negated: boolean): Expression | null {
  const group = readList(parser)
  parser.at++
  if (conjunctsOf(group).length === 0) return null
  return negated ? not(group) : group
}

function readLeaf(parser: Parser, token: LeafToken, negated: boolean): Expression | null {
  const { query, now } = parser
  if (token.kind === 'qualifier') {
    const read = readQualifier(query, { ...token, negated, now })
    const isFilter = read !== null && !isWord(read)
    if (isFilter && ++parser.qualifiers > QUERY_FILTERS) return null
    parser.stars += starsOf(read)
    return parser.stars > QUERY_STARS && starsOf(read) > 0 ? tooManyStars(query, token) : read
  }
  if (token.kind === 'term' && token.text.toLowerCase() === '@me') {
    warn(query, '`@me` was ignored: nobody signs in here; write a login, as in `author:ann`.')
    return null
  }
  const leaf = { kind: token.kind, text: token.text }
  return negated ? not(leaf) : leaf
}

/** Counts the stars of a qualifier's values; a double star is one. */
function starsOf(read: Expression | null): number {
  const one = read?.kind === 'not' ? read.one : read
  if (one?.kind !== 'filter' || !('values' in one.filter)) return 0
  return one.filter.values.join('\0').match(/\*+/g)?.length ?? 0
}

function tooManyStars(query: ParsedQuery, { name, rawValue }: QualifierToken): null {
  const sign = quoted(`${name}:${rawValue}`)
  warn(
    query,
    `${sign} was ignored: the values of a query can have ${QUERY_STARS} stars together; leave out those that are not needed.`,
  )
  return null
}

/** Returns true for an unknown qualifier, which is taken as text. */
function isWord(read: Expression): boolean {
  return read.kind === 'term' || (read.kind === 'not' && read.one.kind === 'term')
}
