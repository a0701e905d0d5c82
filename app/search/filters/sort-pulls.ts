import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Reader } from '#app/database/reader.server.ts'
import type { Sort } from '../query/query.ts'
import type { RankedHit } from '../text/ranked-hit.ts'
import { orderOf } from './filters.ts'

/** Sorts the hits by the requested order. Repositories have no such order and come last. */
export async function sortPulls(
  reader: Reader,
  ranked: RankedHit[],
  sort: Sort,
): Promise<RankedHit[]> {
  const order = orderOf(sort)
  if (order === null) return sort.direction === 'asc' ? ranked.toReversed() : ranked
  const ids = ranked.flatMap(({ pullRequestId }) => pullRequestId ?? [])
  const { rows } = await reader.run((db) =>
    db.query<{ id: ReadablePullRequestId }>(
      `select pr.id from pull_request pr where pr.id = any($1::bigint[]) order by ${order}`,
      [ids],
    ),
  )
  const byId = new Map(ranked.map((one) => [one.pullRequestId, one]))
  return [
    ...rows.flatMap(({ id }) => byId.get(id) ?? []),
    ...ranked.filter(({ pullRequestId }) => pullRequestId === null),
  ]
}
