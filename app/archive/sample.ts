import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

/** Values that occur in the newest pull requests of a scope, for examples of queries. */
export interface Sample {
  repository: string | null
  label: string | null
  /** The login of a person. */
  author: string | null
  /** A file with a review thread. */
  path: string | null
  /** Titles, newest first. */
  titles: string[]
}

const REPOSITORIES = 10
const PULLS = 20
const TITLES = 5

/** Returns the most frequent values among the newest pull requests of the most active repositories. */
export async function readSample(db: Queryable, scope: Scope): Promise<Sample> {
  const { values, bind } = parametersOf([REPOSITORIES, PULLS, TITLES])
  const { rows } = await db.query<Sample>(
    `with active as (
       select r.id, r.full_name from repository r where ${visible(scope, 'r')(bind)}
       order by r.pushed_at desc nulls last, r.id limit $1
     ), recent as materialized (
       select active.full_name, newest.* from active cross join lateral (
         select p.id, p.title, p.labels, p.author_id, p.updated_at from pull_request p
         where p.repository_id = active.id and ${notDeleted('p')}
         order by p.updated_at desc limit $2) newest)
     select
       (select full_name from recent group by full_name order by count(*) desc, full_name limit 1)
         as repository,
       (select label from recent cross join unnest(labels) label
         group by label order by count(*) desc, label limit 1) as label,
       (select u.login from recent join github_user u on u.node_id = recent.author_id
         where u.kind = 'User' group by u.login order by count(*) desc, u.login limit 1) as author,
       (select t.path from recent join review_thread t on t.pull_request_id = recent.id
         group by t.path order by count(*) desc, t.path limit 1) as path,
       array(select title from recent order by updated_at desc, id limit $3) as titles`,
    values,
  )
  const [sample] = rows as [Sample]
  return sample
}
