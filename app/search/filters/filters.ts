/** Translates each qualifier into a SQL condition on `pr`, its repository `r` and a passage `p`. */
import type { Parameters } from '#app/database/parameters.ts'
import type { NameKind, Place, QueryFilter, QueryState, Sort, Span } from '../query/query.ts'
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

/** Returns the `order by` expression over `pr`; null means order by relevance. */
export function orderOf({ by, direction }: Sort): string | null {
  if (by === 'relevance') return null
  const comments = `((select count(*) from comment c where c.pull_request_id = pr.id)
    + (select count(*) from review_comment c where c.pull_request_id = pr.id))`
  const key = by === 'comments' ? comments : `pr.${by}_at`
  return `${key} ${direction} nulls last, pr.id desc`
}

type NameFilter = Extract<QueryFilter, { kind: NameKind }>

/** A filter that is about the pull request, not about one of its passages. */
type PullFilter = Exclude<QueryFilter, { kind: 'in' | 'bot' }>

/** Returns a condition on `pr` and `r`. */
export function filterCondition(filter: PullFilter, parameters: Parameters): string {
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
      return `(exists (select from passage said where said.pull_request_id = pr.id
        and ${isPath('said.path', values, parameters)}) or ${changesPath(values, parameters)})`
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

/** Holds for a passage `p` about such a file, and for every one of a pull request that changes it. */
export function pathCondition(values: string[], parameters: Parameters): string {
  return `(${isPath('p.path', values, parameters)} or ${changesPath(values, parameters)})`
}

function changesPath(values: string[], parameters: Parameters): string {
  return `exists (select from pull_request_file changed where changed.pull_request_id = pr.id
    and (${isPath('changed.path', values, parameters)}
      or ${isPath('changed.previous_path', values, parameters)}))`
}

/** Returns a condition on `passage p`. */
export function placeCondition(places: Place[], { bind }: Parameters): string {
  const isKind = `p.kind = any (${bind(places.filter((place) => place !== 'title'))}::text[])`
  return places.includes('title')
    ? `(${isKind} or (p.kind = 'description' and p.part = 0))`
    : isKind
}

/** @param column of the author, who is a bot or not. */
export function botCondition(column: string, isBot: boolean): string {
  return `${isBot ? '' : 'not '}exists (select from github_user u
    where u.node_id = ${column} and u.kind = 'Bot')`
}

function anyOf(conditions: string[]): string {
  return `(${conditions.join(' or ')})`
}
