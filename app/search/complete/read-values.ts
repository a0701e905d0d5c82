/** Values of qualifiers, from the data that the viewer may read. */
import { type Scope, visible } from '#app/auth/scope.ts'
import { type Bind, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

const MOST = 8
/** Only the newest pull requests are looked at, so that the cost does not grow with the copy. */
const REPOSITORIES = 50
const PULLS_OF_EACH = 200
const PULLS = 2_000

const AUTHORS =
  'select u.login as value from sample s join github_user u on u.node_id = s.author_id'
const SPEAKERS = `select u.login as value from passage p join github_user u on u.node_id = p.author_id
  where p.pull_request_id in (select id from sample)`

/** Select the column `value` of the rows of `sample`, once for each use. */
const FROM_SAMPLE = {
  author: AUTHORS,
  commenter: SPEAKERS,
  'reviewed-by': SPEAKERS,
  involves: SPEAKERS,
  assignee: `select u.login as value from sample s cross join unnest(s.assignee_ids) one (id)
    join github_user u on u.node_id = one.id`,
  label: 'select unnest(labels) as value from sample',
  milestone: 'select milestone as value from sample where milestone is not null',
  base: 'select base_ref_name as value from sample',
  head: 'select head_ref_name as value from sample',
  path: `select f.path as value from sample s join pull_request_file f on f.pull_request_id = s.id`,
} as const

export type SampledName = keyof typeof FROM_SAMPLE

export function isSampled(name: string): name is SampledName {
  return name in FROM_SAMPLE
}

export interface CompletedValue {
  value: string
  /** How many pull requests or texts of the sample have it. */
  count: number
}

/** Returns the values that contain what is typed; those that start with it first, then the most frequent. */
export async function readValues(
  db: Queryable,
  scope: Scope,
  name: SampledName,
  typed: string,
): Promise<CompletedValue[]> {
  const { values, bind } = parametersOf([typed.toLowerCase(), MOST])
  const { rows } = await db.query<CompletedValue>(
    `with sample as materialized (${sampleOf(scope, bind)})
     select v.value, count(*)::int as count from (${FROM_SAMPLE[name]}) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2`,
    values,
  )
  return rows
}

function sampleOf(scope: Scope, bind: Bind): string {
  return `select newest.* from (
      select r.id from repository r where ${visible(scope, 'r')(bind)}
      order by r.pushed_at desc nulls last, r.id limit ${REPOSITORIES}) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and ${notDeleted('pr')}
      order by pr.updated_at desc limit ${PULLS_OF_EACH}) newest
    order by newest.updated_at desc limit ${PULLS}`
}

/** Returns names of repositories that contain what is typed; those that were pushed to last come first. */
export async function readRepositoriesLike(
  db: Queryable,
  scope: Scope,
  typed: string,
): Promise<string[]> {
  const { values, bind } = parametersOf([typed.toLowerCase(), MOST])
  const { rows } = await db.query<{ fullName: string }>(
    `select r.full_name from repository r
     where ${visible(scope, 'r')(bind)} and position($1::text in lower(r.full_name)) > 0
     order by starts_with(lower(r.name), $1) desc, starts_with(lower(r.full_name), $1) desc,
       r.pushed_at desc nulls last, r.full_name limit $2`,
    values,
  )
  return rows.map(({ fullName }) => fullName)
}

/** Returns the accounts of repositories in scope. */
export async function readAccountsLike(
  db: Queryable,
  scope: Scope,
  typed: string,
): Promise<string[]> {
  const { values, bind } = parametersOf([typed.toLowerCase(), MOST])
  const { rows } = await db.query<{ account: string }>(
    `select account from (
       select split_part(r.full_name, '/', 1) as account from repository r
       where ${visible(scope, 'r')(bind)}) own
     where position($1::text in lower(account)) > 0
     group by account order by starts_with(lower(account), $1) desc, count(*) desc, account limit $2`,
    values,
  )
  return rows.map(({ account }) => account)
}
