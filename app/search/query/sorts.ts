import type { ParsedQuery, Sort } from './query.ts'
import { oneOf, quoted, warn } from './query-warnings.ts'
import { nearestOf } from './suggest.ts'
import type { QualifierToken } from './tokens-of-query.ts'

const SORTS = ['relevance', 'created', 'updated', 'merged', 'comments'] as const
const WAYS = ['desc', 'asc'] as const

/**
 * Parses `sort:`. `sort:updated-asc` starts with the oldest, `sort:updated` with the newest. The last
 * `sort:` wins.
 */
export function readSort(query: ParsedQuery, { rawValue, negated }: QualifierToken): void {
  const [, by = '', way = 'desc'] = /^([a-z]+)(?:-([a-z]+))?$/.exec(rawValue.toLowerCase()) ?? []
  const sort = { by: SORTS.find((one) => one === by), direction: WAYS.find((one) => one === way) }
  if (negated)
    warn(query, '`-sort:` was ignored; for the opposite order, write `sort:created-asc`.')
  else if (sort.by && sort.direction) query.sort = { by: sort.by, direction: sort.direction }
  else warn(query, `${quoted(`sort:${rawValue}`)} was ignored: ${hintOf(by, sort)}`)
}

function hintOf(by: string, { by: known, direction }: Partial<Sort>): string {
  if (known && !direction) return `write \`sort:${known}-asc\` or \`sort:${known}-desc\`.`
  const nearest = nearestOf(by, SORTS)
  return nearest
    ? `did you mean \`sort:${nearest}\`?`
    : `use ${oneOf(SORTS)}, with \`-asc\` or \`-desc\`.`
}
