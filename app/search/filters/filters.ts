/** Translates qualifiers into SQL conditions on `pr`, its repository `r` and passages `p`. */
import type { Parameters } from '#app/database/parameters.ts'
import type { NameKind, QueryFilter, QueryState, SearchQuery, Sort, Span } from '../query/query.ts'
import { isNamed, isPath } from './patterns.ts'
import { peopleOf, personCondition, reviewCondition } from './people-filters.ts'

const STATE: Record<QueryState, string> = {
  open: `pr.state = 'OPEN'`,
  closed: `pr.state in ('CLOSED', 'MERGED')`,
  merged: `pr.state = 'MERGED'`,
  draft: `(pr.is_draft and pr.state = 'OPEN')`,
}
const LACKS = {
  label: `pr.labels = '{}'`,
  assignee: `pr.assignee_ids = '{}'`,
  milestone: `pr.milestone is null`,
}

/**
 * Returns the conditions for a query with words. `pulls` apply to `pull_request pr join repository r on
 * r.id = pr.repository_id`; `passages` apply to `passage p` and come from `in:`, `path:` and `bot:`. A
 * statement must use all of them, because every bound parameter must be used. The caller adds the scope and
 * `pr.deleted_at`. A title is part of its description's first passage, so `in:title` also matches
 * descriptions that contain the word below the title; the ranking has to tell them apart.
 */
export function conditionsOf(
  query: SearchQuery,
  parameters: Parameters,
): { pulls: string[]; passages: string[] } {
  return {
    pulls: pullConditions(query, parameters),
    passages: passageConditions(query, parameters),
  }
}

/**
 * Returns the conditions for a query without words, all on `pr` and `r`. Here `in:` and `path:` match pull
 * requests with any passage in that place (written by a bot or by a person, depending on `bot:`), and
 * `bot:` alone applies to the author of the pull request.
 */
export function conditionsWithoutWords(query: SearchQuery, parameters: Parameters): string[] {
  const pulls = pullConditions(query, parameters)
  if (query.places === null && pathsOf(query).length === 0)
    return query.bots === null ? pulls : [...pulls, botCondition('pr.author_id', query.bots)]
  const inPassage = ['p.pull_request_id = pr.id', ...passageConditions(query, parameters)]
  return [...pulls, `exists (select from passage p where ${inPassage.join(' and ')})`]
}

/** Returns the `order by` expression over `pr`; null means order by relevance. */
export function orderOf({ by, direction }: Sort): string | null {
  if (by === 'relevance') return null
  const comments = `((select count(*) from comment c where c.pull_request_id = pr.id)
    + (select count(*) from review_comment c where c.pull_request_id = pr.id))`
  const key = by === 'comments' ? comments : `pr.${by}_at`
  return `${key} ${direction} nulls last, pr.id desc`
}

function pullConditions(query: SearchQuery, parameters: Parameters): string[] {
  const filters = query.filters.filter(({ kind, negated }) => kind !== 'path' || negated)
  return joinAlternatives(filters).map((filter) => {
    const condition = conditionOf(filter, parameters)
    // A negated condition also holds for unknown values: a ghost's pull request matches `-author:x` for
    // every x.
    return filter.negated ? `(${condition}) is not true` : condition
  })
}

type NameFilter = Extract<QueryFilter, { kind: NameKind }>

/** Merges the non-negated name filters of one kind into one condition. */
function joinAlternatives(filters: QueryFilter[]): QueryFilter[] {
  const joined = new Map<NameKind, string[]>()
  return filters.flatMap((filter): QueryFilter[] => {
    if (!isAlternative(filter)) return [filter]
    const known = joined.get(filter.kind)
    known?.push(...filter.values)
    if (known) return []
    const values = [...filter.values]
    joined.set(filter.kind, values)
    return [{ ...filter, values }]
  })
}

/**
 * Returns true if repeated filters of this kind are alternatives. Labels are not: a pull request can have
 * many.
 */
function isAlternative(filter: QueryFilter): filter is QueryFilter & NameFilter {
  const addsUp = 'span' in filter || ['label', 'is', 'review', 'no'].includes(filter.kind)
  return !filter.negated && !addsUp
}

function conditionOf(filter: QueryFilter, parameters: Parameters): string {
  switch (filter.kind) {
    case 'is':
      return anyOf(filter.values.map((value) => STATE[value]))
    case 'no':
      return anyOf(filter.values.map((value) => LACKS[value]))
    case 'review':
      return anyOf(filter.values.map(reviewCondition))
    case 'created':
    case 'updated':
    case 'merged':
    case 'closed':
      return spanCondition(`pr.${filter.kind}_at`, filter.span, parameters)
    default:
      return nameCondition(filter, parameters)
  }
}

function nameCondition({ kind, values }: NameFilter, parameters: Parameters): string {
  switch (kind) {
    case 'repo':
      return repositoryCondition(values, parameters)
    case 'org':
      return isNamed(`split_part(r.full_name, '/', 1)`, values, parameters)
    case 'label':
      return `exists (select from unnest(pr.labels) label where ${isNamed('label', values, parameters)})`
    case 'milestone':
      return isNamed('pr.milestone', values, parameters)
    case 'base':
      return isNamed('pr.base_ref_name', values, parameters)
    case 'head':
      return isNamed('pr.head_ref_name', values, parameters)
    case 'path':
      return `exists (select from passage said where said.pull_request_id = pr.id
        and ${isPath('said.path', values, parameters)})`
    default:
      return personCondition(kind, peopleOf(values, parameters))
  }
}

/** Matches a name without an owner in any organisation. */
function repositoryCondition(values: string[], parameters: Parameters): string {
  const fullNames = values.filter((value) => value.includes('/'))
  const bare = values.filter((value) => !value.includes('/'))
  return anyOf([
    ...(fullNames.length > 0 ? [isNamed('r.full_name', fullNames, parameters)] : []),
    ...(bare.length > 0 ? [isNamed('r.name', bare, parameters)] : []),
  ])
}

function spanCondition(column: string, { from, until }: Span, { bind }: Parameters): string {
  const after = from ? [`${column} >= ${bind(from)}::timestamptz`] : []
  const before = until ? [`${column} < ${bind(until)}::timestamptz`] : []
  return [`${column} is not null`, ...after, ...before].join(' and ')
}

function passageConditions(query: SearchQuery, parameters: Parameters): string[] {
  const paths = pathsOf(query)
  return [
    ...(query.places ? [placeCondition(query.places, parameters)] : []),
    ...(paths.length > 0 ? [isPath('p.path', paths, parameters)] : []),
    ...(query.bots === null ? [] : [botCondition('p.author_id', query.bots)]),
  ]
}

function pathsOf({ filters }: SearchQuery): string[] {
  return filters.flatMap((filter) =>
    filter.kind === 'path' && !filter.negated ? filter.values : [],
  )
}

function placeCondition(places: NonNullable<SearchQuery['places']>, { bind }: Parameters): string {
  const isKind = `p.kind = any (${bind(places.filter((place) => place !== 'title'))}::text[])`
  return places.includes('title')
    ? `(${isKind} or (p.kind = 'description' and p.part = 0))`
    : isKind
}

function botCondition(column: string, isBot: boolean): string {
  return `${isBot ? '' : 'not '}exists (select from github_user u
    where u.node_id = ${column} and u.kind = 'Bot')`
}

function anyOf(conditions: string[]): string {
  return `(${conditions.join(' or ')})`
}
