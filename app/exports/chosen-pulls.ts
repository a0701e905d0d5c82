/** Turns the query of an export into conditions on pull requests. */
import { type Scope, visibleIssue } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Condition } from '#app/database/parameters.ts'
import { pullCondition } from '#app/search/filters/conditions.ts'
import { plan } from '#app/search/plan/plan.ts'
import { conjunctsOf } from '#app/search/query/expression.ts'
import { parse } from '#app/search/query/parse.ts'

/**
 * Accepts qualifiers, and required or excluded texts. A search ignores what it does not understand and warns;
 * an export has no place for a warning, and would contain rows that nobody requested.
 *
 * @returns conditions on `pull_request pr` and `repository r`.
 * @throws RefusedError for an invalid part of the query, and for one that only affects the order.
 */
export function conditionsOfExport(q: string, scope: Scope, now: Date): Condition[] {
  const { expression, condition, similar, sort, warnings } = plan(parse(q, now), 'keyword')
  const [wrong] = warnings
  if (wrong !== undefined)
    throw refusal(wrong, 'Correct the query: an export ignores no part of it.')
  const words = conjunctsOf(expression).flatMap((one) => (one.kind === 'term' ? [one.text] : []))
  if (words.length > 0)
    throw refusal(
      `the words ${words.join(', ').slice(0, 200)} only affect the ranking, and an export is not ranked`,
      'Put required words in quotes, "like this", or join alternatives with OR.',
    )
  if (similar !== null || sort.by !== 'relevance')
    throw refusal(
      'similar: and sort: are not allowed, because an export has its own order',
      'Remove them.',
    )
  return [
    pullCondition(condition, (passage, bind) =>
      visibleIssue(scope, `${passage}.issue_repository`)(bind),
    ),
  ]
}

function refusal(detail: string, hint: string): RefusedError {
  return new RefusedError('invalid', `q: ${detail}`, hint)
}
