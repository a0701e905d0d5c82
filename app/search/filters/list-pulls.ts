import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { Plan } from '../plan/plan.ts'
import { searchedIn } from '../text/closing-issues.ts'
import type { RankedHit } from '../text/ranked-hit.ts'
import { pullCondition } from './conditions.ts'
import { orderOf } from './filters.ts'

// Facets are counted over this many pull requests at most, and no page goes beyond it.
const MOST = 10_000

/**
 * Lists the pull requests that meet the condition of a plan, whatever their words, in the requested order;
 * recently updated ones first by default.
 */
export async function listPulls(
  db: Queryable,
  { condition, sort }: Pick<Plan, 'condition' | 'sort'>,
  repositoryIds: ReadableRepositoryId[],
): Promise<{ ranked: RankedHit[]; isCut: boolean }> {
  const parameters = parametersOf([repositoryIds, MOST + 1])
  const conditions = [
    'pr.repository_id = any($1::bigint[])',
    notDeleted('pr'),
    pullCondition(condition, searchedIn(repositoryIds))(parameters.bind),
  ]
  const order = orderOf(sort) ?? orderOf({ by: 'updated', direction: 'desc' })
  const { rows } = await db.query<{
    id: ReadablePullRequestId
    repositoryId: ReadableRepositoryId
  }>(
    `select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where ${conditions.join(' and ')} order by ${order} limit $2`,
    parameters.values,
  )
  return {
    ranked: rows.slice(0, MOST).map(({ id, repositoryId }) => ({
      key: id,
      pullRequestId: id,
      repositoryId,
      score: 0,
      passageIds: [],
    })),
    isCut: rows.length > MOST,
  }
}
