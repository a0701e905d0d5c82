/** Turns the query of an export into conditions on pull requests. */
import { RefusedError } from '#app/config/errors.server.ts'
import type { Condition } from '#app/database/parameters.ts'
import { conditionsWithoutWords } from '#app/search/filters/filters.ts'
import { restrictionOf } from '#app/search/filters/restriction.ts'
import { parseQuery } from '#app/search/query/parse-query.ts'

/**
 * Accepts qualifiers, and required or excluded texts. A search ignores what it does not understand and warns;
 * an export has no place for a warning, and would contain rows that nobody requested.
 *
 * @returns conditions on `pull_request pr` and `repository r`.
 * @throws RefusedError for an invalid part of the query, and for one that only affects the order.
 */
export function conditionsOfExport(q: string, now: Date): Condition[] {
  const query = parseQuery(q, now)
  const { passageConditions, warnings } = restrictionOf(query)
  const [wrong] = [...query.warnings, ...warnings]
  if (wrong !== undefined)
    throw refusal(wrong, 'Correct the query: an export ignores no part of it.')
  if (query.words.length > 0)
    throw refusal(
      `the words ${query.words.join(', ').slice(0, 200)} only affect the ranking, and an export is not ranked`,
      'Put required words in quotes, "like this", or join alternatives with OR.',
    )
  if (query.similar !== null || query.sort.by !== 'relevance')
    throw refusal(
      'similar: and sort: are not allowed, because an export has its own order',
      'Remove them.',
    )
  const listed: Condition = (bind) =>
    conditionsWithoutWords(query, { values: [], bind }).join(' and ') || 'true'
  return [...passageConditions, listed]
}

function refusal(detail: string, hint: string): RefusedError {
  return new RefusedError('invalid', `q: ${detail}`, hint)
}
