import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Facets, FacetValue } from './answer.ts'

const VALUES = 10
const FACET_NAMES = ['repository', 'author', 'label', 'state', 'year'] as const

/** As in the qualifiers, `closed` includes merged pull requests and `open` includes drafts. */
const FACET_STATES = `
  select 'open' as state, count(*) from found where state = 'OPEN'
  union all select 'closed', count(*) from found where state <> 'OPEN'
  union all select 'merged', count(*) from found where state = 'MERGED'
  union all select 'draft', count(*) from found where state = 'OPEN' and is_draft`

/**
 * Counts the facets of the pull requests. Names are looked up after counting: there can be thousands of
 * pull requests.
 */
export async function readFacets(
  db: Queryable,
  pullRequestIds: ReadablePullRequestId[],
): Promise<Facets> {
  const facets: Facets = { repository: [], author: [], label: [], state: [], year: [] }
  if (pullRequestIds.length === 0) return facets
  const { rows } = await db.query<FacetValue & { facet: keyof Facets }>(
    `with found as materialized (
       select pr.repository_id, pr.author_id, pr.labels, pr.state, pr.is_draft,
         date_part('year', pr.created_at at time zone 'UTC') as year
       from pull_request pr where pr.id = any($1::bigint[])
     ), told as (
       select 'repository' as facet, r.full_name as value, count from repository r join (
         select repository_id, count(*) from found group by 1) f on f.repository_id = r.id
       union all select 'author', u.login, count from github_user u join (
         select author_id, count(*) from found group by 1) f on f.author_id = u.node_id
       union all select 'label', label, count from (
         select unnest(labels) as label, count(*) from found group by 1) f
       union all select 'state', state, count from (${FACET_STATES}) f
       union all select 'year', lpad(year::text, 4, '0'), count from (
         select year, count(*) from found group by 1) f
     ), ranked as (
       select facet, value, sum(count)::int as count,
         row_number() over (partition by facet order by sum(count) desc, value) as place
       from told where count > 0 group by facet, value
     )
     select facet, value, count from ranked where place <= $2 order by facet, place`,
    [pullRequestIds, VALUES],
  )
  for (const name of FACET_NAMES)
    facets[name] = rows
      .filter(({ facet }) => facet === name)
      .map(({ value, count }) => ({ value, count }))
  return facets
}
