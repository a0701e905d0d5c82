import type { Queryable } from '../transaction.server.ts'
import type { Facets, FacetValue } from './answer.ts'

const VALUES = 10
const NAMES = ['repository', 'author', 'label', 'state', 'year'] as const

/** `closed` holds those that were merged, and `open` the drafts, as the qualifiers do. */
const STATES = `array_remove(array[
  case when pr.state = 'OPEN' then 'open' else 'closed' end,
  case when pr.state = 'MERGED' then 'merged' end,
  case when pr.is_draft and pr.state = 'OPEN' then 'draft' end], null)`

/** Of pull requests, by id. */
export async function readFacets(db: Queryable, pullRequestIds: string[]): Promise<Facets> {
  const facets: Facets = { repository: [], author: [], label: [], state: [], year: [] }
  if (pullRequestIds.length === 0) return facets
  const { rows } = await db.query<FacetValue & { facet: keyof Facets }>(
    `with found as materialized (
       select r.full_name as repository, u.login as author, pr.labels, ${STATES} as states,
         to_char(pr.created_at at time zone 'UTC', 'YYYY') as year
       from pull_request pr join repository r on r.id = pr.repository_id
         left join github_user u on u.node_id = pr.author_id
       where pr.id = any($1::bigint[])
     ), told as (
       select 'repository' as facet, repository as value from found
       union all select 'author', author from found where author is not null
       union all select 'label', unnest(labels) from found
       union all select 'state', unnest(states) from found
       union all select 'year', year from found
     ), ranked as (
       select facet, value, count(*)::int as count,
         row_number() over (partition by facet order by count(*) desc, value) as place
       from told group by facet, value
     )
     select facet, value, count from ranked where place <= $2 order by facet, place`,
    [pullRequestIds, VALUES],
  )
  for (const name of NAMES)
    facets[name] = rows
      .filter(({ facet }) => facet === name)
      .map(({ value, count }) => ({ value, count }))
  return facets
}
