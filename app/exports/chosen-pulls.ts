/** Which pull requests an export is of, in the language of the search. */
import { RefusedError } from '#app/config/errors.server.ts'
import type { Condition } from '#app/database/parameters.ts'
import { conditionsWithoutWords } from '#app/search/filters/filters.ts'
import { restrictionOf } from '#app/search/filters/restriction.ts'
import { parseQuery } from '#app/search/query/parse-query.ts'

/**
 * Qualifiers, and what has to be said or must not be. A search leaves out what it does not understand and
 * warns; an export has no place for a warning, and would hold what nobody asked for.
 *
 * @returns conditions on `pull_request pr` and `repository r`.
 * @throws RefusedError for what is not understood, and for what is about the order of hits.
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
