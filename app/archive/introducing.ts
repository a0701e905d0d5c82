/** Finds the pull requests that introduced a commit or mention a path. */
import { z } from 'zod'

import { type Scope, visible } from '#app/auth/scope.ts'
import { type Bind, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

export const match = z.object({
  how: z.enum(['line', 'merge_commit', 'commit', 'review', 'commit_message', 'review_thread']),
  oid: z.string().optional(),
  path: z.string().optional(),
  line: z.number().int().nullable().optional(),
  thread: z.string().optional(),
})

export interface Introducing {
  repository: string
  number: number
  /** At most ten, strongest first. */
  matches: z.infer<typeof match>[]
}

interface Question {
  /** `owner/name`; null for all repositories in scope. */
  repository: string | null
  limit: number
}

const MATCHES = 10

interface Asking {
  /** Restricts `pull_request p` and `repository r` to the scope and the requested repository. */
  isWanted: string
  /** Ranks `found` by pull request: strongest match first, then most matches, then first merged. */
  chosen: string
}

function askingOf(scope: Scope, { repository, limit }: Question, bind: Bind): Asking {
  const name = bind(repository)
  return {
    isWanted: `${visible(scope, 'r')(bind)} and ${notDeleted('p')}
      and (${name}::text is null or lower(r.full_name) = lower(${name}))`,
    chosen: `select r.full_name as repository, p.number,
    (select jsonb_agg(m.match order by m.rank, m.match) from (select * from found f
      where f.id = p.id order by f.rank, f.match limit ${MATCHES}) m) as matches
  from (select id, min(rank) as rank, count(*) as matches from found group by id) best
    join pull_request p on p.id = best.id join repository r on r.id = p.repository_id
  order by best.rank, best.matches desc, p.merged_at nulls last, p.id limit ${bind(limit)}`,
  }
}

/** @param oid a commit oid or a prefix of at least seven characters, in lower case. */
export async function findByCommit(
  db: Queryable,
  scope: Scope,
  question: Question & { oid: string },
): Promise<Introducing[]> {
  const { values, bind } = parametersOf([question.oid])
  const { isWanted, chosen } = askingOf(scope, question, bind)
  // A range, because an index of any collation supports it; 'g' sorts after every hexadecimal digit.
  const { rows } = await db.query<Introducing>(
    `with found as (
       select p.id, 0 as rank, jsonb_build_object('how', 'merge_commit', 'oid', p.merge_commit) as match
       from pull_request p join repository r on r.id = p.repository_id
       where p.merge_commit >= $1 and p.merge_commit <= $1 || 'g' and ${isWanted}
       union all
       select p.id, 1, jsonb_build_object('how', 'commit', 'oid', l.oid)
       from pull_request_commit l join pull_request p on p.id = l.pull_request_id
         join repository r on r.id = p.repository_id
       where l.oid >= $1 and l.oid <= $1 || 'g' and ${isWanted}
       union all
       select distinct p.id, 2, jsonb_build_object('how', 'review', 'oid', t.commit_oid)
       from review t join pull_request p on p.id = t.pull_request_id
         join repository r on r.id = p.repository_id
       where t.commit_oid >= $1 and t.commit_oid <= $1 || 'g' and ${isWanted})
     ${chosen}`,
    values,
  )
  return rows
}

/** @param path a file, the end of its path (`read.ts`), or a folder. */
export async function findByPath(
  db: Queryable,
  scope: Scope,
  question: Question & { path: string },
): Promise<Introducing[]> {
  const { values, bind } = parametersOf([question.path, asName(question.path)])
  const { isWanted, chosen } = askingOf(scope, question, bind)
  const { rows } = await db.query<Introducing>(
    `with found as (
       select p.id, 0 as rank, jsonb_build_object('how', 'review_thread', 'thread', t.node_id,
         'path', t.path, 'line', t.line) as match
       from review_thread t join pull_request p on p.id = t.pull_request_id
         join repository r on r.id = p.repository_id
       where (t.path = $1 or right(t.path, length($1) + 1) = '/' || $1
         or starts_with(t.path, $1 || '/')) and ${isWanted}
       union all
       select p.id, 1, jsonb_build_object('how', 'commit_message', 'oid', c.oid, 'path', $1)
       from commit c join pull_request_commit l on l.oid = c.oid
         join pull_request p on p.id = l.pull_request_id and p.repository_id = c.repository_id
         join repository r on r.id = p.repository_id
       where strpos(c.message, $1) > 0 and c.message ~ $2 and ${isWanted})
     ${chosen}`,
    values,
  )
  return rows
}

/** Returns a PostgreSQL regular expression that matches the path, but not as part of a longer name. */
function asName(path: string): string {
  const escaped = path.replace(/[^\p{L}\p{N}_/]/gu, '\\$&')
  return `(^|[^[:alnum:]_.-])${escaped}($|[^[:alnum:]_-])`
}
