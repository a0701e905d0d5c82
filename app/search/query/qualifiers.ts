/** Applies each qualifier of a query. An invalid one becomes a warning and is ignored. */
import { repositoryPath } from '#app/github/repository-names.ts'
import { readSpan } from './dates.ts'
import { MEANT, ONLY_GITHUBS, QUALIFIERS, type QualifierName, SAME } from './qualifier-names.ts'
import type { NameKind, QueryFilter, SearchQuery } from './query.ts'
import { oneOf, quoted, warn } from './query-warnings.ts'
import { readSort } from './sorts.ts'
import { nearestOf } from './suggest.ts'
import type { QualifierToken } from './tokens-of-query.ts'

interface Given extends QualifierToken {
  now: Date
}

type ReadQualifier = (query: SearchQuery, given: Given) => void

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
} as const satisfies Record<string, NonNullable<SearchQuery['places']>>
const PLACE_NAMES = Object.keys(IN_PLACES) as (keyof typeof IN_PLACES)[]
const EVERY_PLACE = [...new Set(Object.values(IN_PLACES).flat())]

const READ: Record<QualifierName, ReadQualifier> = {
  repo: (query, given) => addNames(query, given, 'repo', repositoryOf),
  org: (query, given) => addNames(query, given, 'org', ownerOf),
  author: (query, given) => addNames(query, given, 'author', loginOf),
  commenter: (query, given) => addNames(query, given, 'commenter', loginOf),
  'reviewed-by': (query, given) => addNames(query, given, 'reviewed-by', loginOf),
  involves: (query, given) => addNames(query, given, 'involves', loginOf),
  assignee: (query, given) => addNames(query, given, 'assignee', loginOf),
  label: (query, given) => addNames(query, given, 'label', (value) => value),
  milestone: (query, given) => addSingle(query, given, 'milestone'),
  base: (query, given) => addSingle(query, given, 'base'),
  head: (query, given) => addSingle(query, given, 'head'),
  path: (query, given) => addSingle(query, given, 'path'),
  is: readIs,
  draft: readDraft,
  review(query, given) {
    const values = knownOf(query, given, REVIEWS)
    if (values.length > 0) query.filters.push({ kind: 'review', values, negated: given.negated })
  },
  no(query, given) {
    const values = knownOf(query, given, MISSING)
    if (values.length > 0) query.filters.push({ kind: 'no', values, negated: given.negated })
  },
  type: readType,
  created: (query, given) => addSpan(query, given, 'created'),
  updated: (query, given) => addSpan(query, given, 'updated'),
  merged: (query, given) => addSpan(query, given, 'merged'),
  closed: (query, given) => addSpan(query, given, 'closed'),
  in: readPlaces,
  bot(query, given) {
    const value = readBoolean(query, given)
    if (value !== null) query.bots = value !== given.negated
  },
  similar: readSimilar,
  sort: readSort,
}

export function readQualifier(query: SearchQuery, token: QualifierToken, now: Date): void {
  const name = qualifierName(token)
  if (name === null) readUnknown(query, token)
  else if (token.values.length === 0)
    warn(query, `\`${name}:\` was ignored: its value must follow the colon without a space.`)
  else READ[name](query, { ...token, now })
}

/** Returns the canonical name of a qualifier; null if it is unknown. */
export function qualifierName({ name }: QualifierToken): QualifierName | null {
  const known = name.toLowerCase()
  return SAME.get(known) ?? (QUALIFIERS.has(known) ? (known as QualifierName) : null)
}

/** Takes what is not a qualifier as text: `error:ENOENT` is more likely from a log than a mistake. */
function readUnknown(query: SearchQuery, { name, rawValue, negated }: QualifierToken): void {
  const known = name.toLowerCase()
  if (ONLY_GITHUBS.has(known)) {
    warn(query, `${quoted(`${name}:`)} was ignored: Whence does not store the data that it needs.`)
    return
  }
  const text = `${name}:${rawValue}`
  if (negated) query.excluded.push({ kind: 'word', text })
  else query.words.push(text)
  const nearest = MEANT.get(known) ?? nearestOf(known, QUALIFIERS)
  const meant = nearest ? ` Did you mean \`${nearest}:\`?` : ''
  warn(
    query,
    `${quoted(`${name}:`)} is not a qualifier, so ${quoted(text)} was taken as text.${meant}`,
  )
}

function addNames(
  query: SearchQuery,
  given: Given,
  kind: NameKind,
  read: (value: string) => string | { problem: string },
): void {
  const values = given.values.flatMap((value) => {
    const name = value.length > LONGEST_NAME ? { problem: 'is too long' } : read(value)
    if (typeof name === 'string') return [name]
    warn(query, `${quoted(`${given.name}:${value}`)} was ignored: it ${name.problem}.`)
    return []
  })
  if (values.length > 0) query.filters.push({ kind, values, negated: given.negated })
}

/** Adds a name that may contain a comma. */
function addSingle(
  query: SearchQuery,
  given: Given,
  kind: 'milestone' | 'base' | 'head' | 'path',
): void {
  addNames(query, { ...given, values: [given.rawValue] }, kind, (value) => value)
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

function readIs(query: SearchQuery, given: Given): void {
  const { negated } = given
  const rest: string[] = []
  for (const value of given.values) {
    const word = value.toLowerCase()
    if (word === 'unmerged')
      query.filters.push({ kind: 'is', values: ['merged'], negated: !negated })
    else if (!readKind(query, given, word)) rest.push(value)
  }
  const values = knownOf(query, { ...given, values: rest }, QUERY_STATES)
  if (values.length > 0) query.filters.push({ kind: 'is', values, negated })
}

function readType(query: SearchQuery, given: Given): void {
  const rest = given.values.filter((value) => !readKind(query, given, value.toLowerCase()))
  knownOf(query, { ...given, values: rest }, ['pr'])
}

/** @returns true if the value is `pr` or `issue`. */
function readKind(query: SearchQuery, { name, negated }: Given, value: string): boolean {
  if (value !== 'pr' && value !== 'issue') return false
  if ((value === 'issue') !== negated)
    warn(
      query,
      `${quoted(`${negated ? '-' : ''}${name}:${value}`)} was ignored: only pull requests are searched.`,
    )
  return true
}

function readDraft(query: SearchQuery, given: Given): void {
  const value = readBoolean(query, given)
  if (value !== null)
    query.filters.push({ kind: 'is', values: ['draft'], negated: value === given.negated })
}

function readBoolean(query: SearchQuery, given: Given): boolean | null {
  const [value] = knownOf(query, given, ['true', 'false'])
  return value === undefined ? null : value === 'true'
}

function addSpan(
  query: SearchQuery,
  given: Given,
  kind: Extract<QueryFilter, { span: unknown }>['kind'],
): void {
  const span = readSpan(given.rawValue, given.now)
  if ('problem' in span)
    warn(
      query,
      `${quoted(`${given.name}:${given.rawValue}`)} was ignored: it ${span.problem}; write \`2024-05-03\`, \`>=2024-05\`, \`2023..2024\` or \`<14d\`.`,
    )
  else query.filters.push({ kind, span, negated: given.negated })
}

/** Parses `in:`. `-in:` selects all other places. */
function readPlaces(query: SearchQuery, given: Given): void {
  const values = given.values.map((value) => (value === 'description' ? 'body' : value))
  const named = knownOf(query, { ...given, values }, PLACE_NAMES)
  if (named.length === 0) return
  const places = named.flatMap((name): NonNullable<SearchQuery['places']> => [...IN_PLACES[name]])
  const known = query.places ?? []
  query.places = given.negated
    ? (query.places ?? EVERY_PLACE).filter((place) => !places.includes(place))
    : [...new Set([...known, ...places])]
}

function readSimilar(query: SearchQuery, given: Given): void {
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
}

/** Returns the valid values and warns about the others. */
function knownOf<Word extends string>(
  query: SearchQuery,
  { name, values }: Given,
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
