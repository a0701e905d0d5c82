/** Which pull requests brought a commit, or talk of a path. */

import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'

type Match =
  | { how: 'merge_commit' | 'commit' | 'review'; oid: string }
  | { how: 'commit_message'; oid: string; path: string }
  | { how: 'review_thread'; thread: string; path: string; line: number | null }

export interface Introducing {
  repository: string
  number: number
  /** The strongest first, ten at most. */
  matches: Match[]
}

interface Asked {
  /** `owner/name`; null is everywhere in scope. */
  repository: string | null
  limit: number
}

const MATCHES = 10

const VISIBLE = `r.hidden_at is null and p.deleted_at is null
  and ($1::bigint[] is null or r.installation_id = any($1))
  and ($2::text is null or lower(r.full_name) = lower($2))`

/** What was found of a match, by pull request: those with the strongest first, then the first merged. */
const CHOSEN = `select r.full_name as repository, p.number,
    (select jsonb_agg(m.match order by m.rank, m.match) from (select * from found f
      where f.id = p.id order by f.rank, f.match limit ${MATCHES}) m) as matches
  from (select id, min(rank) as rank, count(*) as matches from found group by id) best
    join pull_request p on p.id = best.id join repository r on r.id = p.repository_id
  order by best.rank, best.matches desc, p.merged_at nulls last, p.id limit $4`

/** @param oid a commit's, or its beginning: seven signs or more, in lower case. */
export async function findByCommit(
  db: Queryable,
  scope: Scope,
  { oid, repository, limit }: Asked & { oid: string },
): Promise<Introducing[]> {
  // A range, which an index of any collation can find; 'g' comes after every hexadecimal digit.
  const { rows } = await db.query<Introducing>(
    `with found as (
       select p.id, 0 as rank, jsonb_build_object('how', 'merge_commit', 'oid', p.merge_commit) as match
       from pull_request p join repository r on r.id = p.repository_id
       where p.merge_commit >= $3 and p.merge_commit <= $3 || 'g' and ${VISIBLE}
       union all
       select p.id, 1, jsonb_build_object('how', 'commit', 'oid', l.oid)
       from pull_request_commit l join pull_request p on p.id = l.pull_request_id
         join repository r on r.id = p.repository_id
       where l.oid >= $3 and l.oid <= $3 || 'g' and ${VISIBLE}
       union all
       select distinct p.id, 2, jsonb_build_object('how', 'review', 'oid', t.commit_oid)
       from review t join pull_request p on p.id = t.pull_request_id
         join repository r on r.id = p.repository_id
       where t.commit_oid >= $3 and t.commit_oid <= $3 || 'g' and ${VISIBLE})
     ${CHOSEN}`,
    [scope.installations, repository, oid, limit],
  )
  return rows
}

/** @param path a file's, its end (`read.ts`), or a folder's. */
export async function findByPath(
  db: Queryable,
  scope: Scope,
  { path, repository, limit }: Asked & { path: string },
): Promise<Introducing[]> {
  const { rows } = await db.query<Introducing>(
    `with found as (
       select p.id, 0 as rank, jsonb_build_object('how', 'review_thread', 'thread', t.node_id,
         'path', t.path, 'line', t.line) as match
       from review_thread t join pull_request p on p.id = t.pull_request_id
         join repository r on r.id = p.repository_id
       where (t.path = $3 or right(t.path, length($3) + 1) = '/' || $3
         or starts_with(t.path, $3 || '/')) and ${VISIBLE}
       union all
       select p.id, 1, jsonb_build_object('how', 'commit_message', 'oid', c.oid, 'path', $3)
       from commit c join pull_request_commit l on l.oid = c.oid
         join pull_request p on p.id = l.pull_request_id and p.repository_id = c.repository_id
         join repository r on r.id = p.repository_id
       where strpos(c.message, $3) > 0 and c.message ~ $5 and ${VISIBLE})
     ${CHOSEN}`,
    [scope.installations, repository, path, limit, asName(path)],
  )
  return rows
}

/** A regular expression of PostgreSQL for a path that stands in a text as such, not within a longer name. */
function asName(path: string): string {
  const escaped = path.replace(/[^\p{L}\p{N}_/]/gu, '\\$&')
  return `(^|[^[:alnum:]_.-])${escaped}($|[^[:alnum:]_-])`
}
