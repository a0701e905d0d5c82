/** Applies each qualifier of a query. An invalid one becomes a warning and is ignored. */
import { repositoryPath } from '#app/github/repository-names.ts'
import { readSpan } from './dates.ts'
import { anyOf, filterOf, not } from './expression.ts'
import {
  MEANT,
  ONLY_CODES,
  ONLY_GITHUBS,
  QUALIFIERS,
  type QualifierName,
  SAME,
} from './qualifier-names.ts'
import type { Expression, NameKind, ParsedQuery, Place, QueryFilter } from './query.ts'
import { oneOf, quoted, warn } from './query-warnings.ts'
import { readSort } from './sorts.ts'
import { nearestOf } from './suggest.ts'
import type { QualifierToken } from './tokens-of-query.ts'

interface GivenQualifier extends QualifierToken {
  now: Date
}

type ReadQualifier = (query: ParsedQuery, given: GivenQualifier) => Expression | null

// Longer than any name or path on GitHub.
const LONGEST_NAME = 1000
const OWNER = /^[\w*-]+$/
const LOGIN = /^[\w-]+(?:\[bot\])?$/
const PULL_REQUEST = /^(?:(.+?)(?:#|\/pull\/)|#?)(\d{1,9})(?:[/?#].*)?$/
const QUERY_STATES = ['open', 'closed', 'merged', 'draft'] as const
const REVIEWS = ['approved', 'changes_requested', 'none'] as const
const MISSING = ['label', 'assignee', 'milestone'] as const
const IN_PLACES = {
  title: ['title'],
  body: ['description'],
  comments: ['comment', 'review_comment'],
  reviews: ['review', 'review_comment'],
  commits: ['commit'],
  issues: ['issue'],
} satisfies Record<string, Place[]>
const PLACE_NAMES = Object.keys(IN_PLACES) as (keyof typeof IN_PLACES)[]

const READ: Record<QualifierName, ReadQualifier> = {
  repo: (query, given) => readNames(query, given, 'repo', repositoryOf),
  org: (query, given) => readNames(query, given, 'org', ownerOf),
  author: (query, given) => readNames(query, given, 'author', loginOf),
  commenter: (query, given) => readNames(query, given, 'commenter', loginOf),
  'reviewed-by': (query, given) => readNames(query, given, 'reviewed-by', loginOf),
  involves: (query, given) => readNames(query, given, 'involves', loginOf),
  assignee: (query, given) => readNames(query, given, 'assignee', loginOf),
  label: (query, given) => readNames(query, given, 'label', (value) => value),
  milestone: (query, given) => readSingle(query, given, 'milestone'),
  base: (query, given) => readSingle(query, given, 'base'),
  head: (query, given) => readSingle(query, given, 'head'),
  path: (query, given) => readSingle(query, given, 'path'),
  is: readIs,
  draft: readDraft,
  review: (query, given) => valuesOf(given, 'review', knownOf(query, given, REVIEWS)),
  no: (query, given) => valuesOf(given, 'no', knownOf(query, given, MISSING)),
  type: readType,
  created: (query, given) => readTime(query, given, 'created'),
  updated: (query, given) => readTime(query, given, 'updated'),
  merged: (query, given) => readTime(query, given, 'merged'),
  closed: (query, given) => readTime(query, given, 'closed'),
  in: readPlaces,
  bot(query, given) {
    const value = readBoolean(query, given)
    return value === null ? null : filterOf({ kind: 'bot', isBot: value !== given.negated })
  },
  similar: readSimilar,
  sort(query, given) {
    readSort(query, given)
    return null
  },
}

/**
 * Returns the condition of a qualifier; null if it has none, such as `sort:`, which changes the query instead. A
 * name that is not a qualifier is text.
 */
export function readQualifier(query: ParsedQuery, given: GivenQualifier): Expression | null {
  const name = qualifierName(given)
  if (name === null) return readUnknown(query, given)
  if (given.values.length > 0) return READ[name](query, given)
  warn(query, `\`${given.name}:\` was ignored: its value must follow the colon without a space.`)
  return null
}

/** Returns the filter with these values, negated if the qualifier is; null if there are none. */
function valuesOf<Kind extends QueryFilter['kind']>(
  { negated }: GivenQualifier,
  kind: Kind,
  values: Extract<QueryFilter, { kind: Kind; values: unknown }>['values'],
): Expression | null {
  return values.length > 0 ? filterOf({ kind, values } as QueryFilter, negated) : null
}

/** Returns the canonical name of a qualifier; null if it is unknown. */
function qualifierName({ name }: QualifierToken): QualifierName | null {
  const known = name.toLowerCase()
  return SAME.get(known) ?? (QUALIFIERS.has(known) ? (known as QualifierName) : null)
}

/** Takes what is not a qualifier as text: `error:ENOENT` is more likely from a log than a mistake. */
function readUnknown(
  query: ParsedQuery,
  { name, rawValue, negated }: QualifierToken,
): Expression | null {
  const known = name.toLowerCase()
  if (ONLY_GITHUBS.has(known)) {
    warn(query, `${quoted(`${name}:`)} was ignored: Whence does not store the data that it needs.`)
    return null
  }
  if (ONLY_CODES.has(known)) {
    warn(query, `${quoted(`${name}:`)} was ignored in conversations: it searches code.`)
    return null
  }
  const text = `${name}:${rawValue}`
  const nearest = MEANT.get(known) ?? nearestOf(known, QUALIFIERS)
  const meant = nearest ? ` Did you mean \`${nearest}:\`?` : ''
  warn(
    query,
    `${quoted(`${name}:`)} is not a qualifier, so ${quoted(text)} was taken as text.${meant}`,
  )
  const term: Expression = { kind: 'term', text }
  return negated ? not(term) : term
}

function readNames(
  query: ParsedQuery,
  given: GivenQualifier,
  kind: NameKind,
  read: (value: string) => string | { problem: string },
): Expression | null {
  const values = given.values.flatMap((value) => {
    const name = value.length > LONGEST_NAME ? { problem: 'is too long' } : read(value)
    if (typeof name === 'string') return [name]
    warn(query, `${quoted(`${given.name}:${value}`)} was ignored: it ${name.problem}.`)
    return []
  })
  return valuesOf(given, kind, values)
}

/** Reads a name that may contain a comma. */
function readSingle(
  query: ParsedQuery,
  given: GivenQualifier,
  kind: 'milestone' | 'base' | 'head' | 'path',
): Expression | null {
  return readNames(query, { ...given, values: [given.rawValue] }, kind, (value) => value)
}

function repositoryOf(value: string): string | { problem: string } {
  const [owner = '', name, ...more] = repositoryPath(value).split('/')
  const isNamed = [owner, name ?? owner].every((part) => /^[\w.*-]+$/.test(part) && part !== '..')
  return isNamed && more.length === 0
    ? [owner, name].filter((part) => part !== undefined).join('/')
    : { problem: 'is not a repository; write `owner/name`, `owner/*`, a name or a URL' }
}

function ownerOf(value: string): string | { problem: string } {
  const owner = value.replace(/^@/, '')
  return OWNER.test(owner) ? owner : { problem: 'is not a valid account name' }
}

/** Parses a login. GitHub's search refers to an app as `app/name`. */
function loginOf(value: string): string | { problem: string } {
  if (value.toLowerCase() === '@me')
    return { problem: 'needs a login, but nobody signs in here; write your login' }
  const login = value.replace(/^@|^app\//, '')
  return LOGIN.test(login) ? login : { problem: 'is not a valid login' }
}

function readIs(query: ParsedQuery, given: GivenQualifier): Expression | null {
  const states: string[] = []
  const any: Expression[] = []
  for (const value of given.values) {
    const word = value.toLowerCase()
    if (word === 'unmerged') any.push(filterOf({ kind: 'is', values: ['merged'] }, true))
    else if (!readKind(query, given, word)) states.push(value)
  }
  const values = knownOf(query, { ...given, values: states }, QUERY_STATES)
  if (values.length > 0) any.unshift(filterOf({ kind: 'is', values }))
  const read = anyOf(any)
  return read && given.negated ? not(read) : read
}

function readType(query: ParsedQuery, given: GivenQualifier): null {
  const rest = given.values.filter((value) => !readKind(query, given, value.toLowerCase()))
  knownOf(query, { ...given, values: rest }, ['pr'])
  return null
}

/** @returns true if the value is `pr` or `issue`. */
function readKind(query: ParsedQuery, { name, negated }: GivenQualifier, value: string): boolean {
  if (value !== 'pr' && value !== 'issue') return false
  if ((value === 'issue') !== negated)
    warn(
      query,
      `${quoted(`${negated ? '-' : ''}${name}:${value}`)} was ignored: only pull requests are searched.`,
    )
  return true
}

function readDraft(query: ParsedQuery, given: GivenQualifier): Expression | null {
  const value = readBoolean(query, given)
  const isNegated = value === given.negated
  return value === null ? null : filterOf({ kind: 'is', values: ['draft'] }, isNegated)
}

function readBoolean(query: ParsedQuery, given: GivenQualifier): boolean | null {
  const [value] = knownOf(query, given, ['true', 'false'])
  return value === undefined ? null : value === 'true'
}

function readTime(
  query: ParsedQuery,
  given: GivenQualifier,
  kind: Extract<QueryFilter, { span: unknown }>['kind'],
): Expression | null {
  const span = readSpan(given.rawValue, given.now)
  if (!('problem' in span)) return filterOf({ kind, span }, given.negated)
  warn(
    query,
    `${quoted(`${given.name}:${given.rawValue}`)} was ignored: it ${span.problem}; write \`2024-05-03\`, \`>=2024-05\`, \`2023..2024\` or \`<14d\`.`,
  )
  return null
}

function readPlaces(query: ParsedQuery, given: GivenQualifier): Expression | null {
  const values = given.values.map((value) => (value === 'description' ? 'body' : value))
  const named = knownOf(query, { ...given, values }, PLACE_NAMES)
  const places = named.flatMap((name): Place[] => IN_PLACES[name])
  return valuesOf(given, 'in', [...new Set(places)])
}

function readSimilar(query: ParsedQuery, given: GivenQualifier): null {
  const [, before = '', number = '0'] = PULL_REQUEST.exec(given.rawValue) ?? []
  const path = before === '' ? null : repositoryPath(before)
  const isNamed = path === null || /^[\w.-]+\/[\w.-]+$/.test(path)
  if (given.negated)
    warn(query, '`-similar:` was ignored: a search cannot exclude similar pull requests.')
  else if (Number(number) === 0 || !isNamed)
    warn(
      query,
      `${quoted(`similar:${given.rawValue}`)} was ignored: it is not a pull request; write \`similar:#123\` or \`similar:owner/name#123\`.`,
    )
  else if (query.similar)
    warn(
      query,
      `${quoted(`similar:${given.rawValue}`)} was ignored: a query can have only one \`similar:\`.`,
    )
  else query.similar = { repository: path, number: Number(number) }
  return null
}

/** Returns the valid values and warns about the others. */
function knownOf<Word extends string>(
  query: ParsedQuery,
  { name, values }: GivenQualifier,
  known: readonly Word[],
): Word[] {
  return values.flatMap((value) => {
    const word = value.toLowerCase().replaceAll('-', '_')
    const found = known.find((one) => one === word)
    if (found) return [found]
    const nearest = nearestOf(word, known)
    const hint = nearest ? `did you mean \`${name}:${nearest}\`?` : `use ${oneOf(known)}.`
    warn(
      query,
      `${quoted(`${name}:${value}`)} was ignored: ${nearest ? '' : 'there is no such value; '}${hint}`,
    )
    return []
  })
}
