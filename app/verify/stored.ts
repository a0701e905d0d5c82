/** Reads from the tables, page by page, what `whence verify` compares. */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun, notDeleted } from '#app/database/predicates.ts'
import { LISTS } from '#app/sync/tables/lists.ts'
import type { Gap } from '#app/sync/window/gaps.ts'
import type { StoredChecks } from './checks.ts'

export interface VerifiedRepository {
  id: ReadableRepositoryId
  nodeId: string
  installationId: string
  account: string
  fullName: string
  /** Null if it was never synced. */
  syncedFrom: Date | null
  syncedUntil: Date | null
  /** Number of pull requests as reported by GitHub. */
  listed: number
  /** Number of rows in the synced window. */
  pullRequests: number
  threads: number
  /** True if the installation has permission to read commits. */
  readsCommits: boolean
  /** True if it has permission to read any checks. */
  readsChecks: boolean
  /** Gaps of pull requests and of their checks, by their node ids, and of the repository itself, by its own. */
  gaps: { kind: Gap['kind']; nodeId: string; name: string; reason: string }[]
}

/**
 * Returns the visible repositories of active installations, by account and name. @param names as typed by
 * people.
 */
export async function readVerifiedRepositories(
  db: Queryable,
  scope: Scope,
  names: string[],
): Promise<VerifiedRepository[]> {
  const { values, bind } = parametersOf([names.map((name) => name.toLowerCase())])
  const { rows } = await db.query<VerifiedRepository>(
    `select r.id, r.node_id, r.installation_id, i.account,
       r.full_name, r.synced_from, r.synced_until,
       r.pull_requests as listed, held.pull_requests, held.threads,
       not coalesce(i.settings -> 'missing_permissions' ? 'contents', false) as reads_commits,
       not coalesce(i.settings -> 'missing_permissions' ?& array['checks', 'statuses'], false)
         as reads_checks,
       coalesce((select jsonb_agg(jsonb_build_object('kind', g.kind, 'nodeId', g.node_id,
         'name', g.name, 'reason', g.reason) order by g.name) from gap g where g.repository_id = r.id), '[]') as gaps
     from repository r join installation i on i.id = r.installation_id
       cross join lateral (
         select count(*)::int as pull_requests,
           coalesce(sum((select count(*) from review_thread t where t.pull_request_id = p.id)), 0)::int
             as threads
         from pull_request p
         where p.repository_id = r.id and ${notDeleted('p')}
           and p.updated_at >= coalesce(r.synced_from, '-infinity')) held
     where ${visible(scope, 'r')(bind)}
       and (cardinality($1::text[]) = 0 or lower(r.full_name) = any($1)
         or lower(split_part(r.full_name, '/', 1)) || '/*' = any($1))
     order by i.account, i.id, r.full_name`,
    values,
  )
  return rows
}

/** A stored pull request with the number of rows in each of its lists. */
export interface StoredPullRequest {
  nodeId: string
  number: number
  updatedAt: Date
  /** True while a run is reading it: its rows are not yet consistent. */
  beingRead: boolean
  commits: number
  reviews: number
  comments: number
  reviewThreads: number
  checks: StoredChecks | null
  /** Null unless the list is complete. */
  files: number | null
}

// Review comments are counted per thread, and changed files need not have been requested.
const COUNTS = LISTS.filter(({ list }) => list !== 'reviewComments')
  .filter(({ list }) => list !== 'files')
  .map(
    ({ list, name }) =>
      `(select count(*)::int from ${name} l where l.pull_request_id = p.id) as "${list}"`,
  )
  .join(', ')

export async function readStoredPullRequests(
  db: Queryable,
  nodeIds: string[],
): Promise<Map<string, StoredPullRequest>> {
  const { rows } = await db.query<StoredPullRequest>(
    `select p.node_id, p.number, p.updated_at,
       exists (select from snapshot s join run on run.id = s.run_id where s.node_id = p.node_id
         and s.state = 'open' and ${isOpenRun('run')}) as being_read,
       ${COUNTS},
       case when p.completeness #>> '{files,state}' = 'complete' then (
         select count(*)::int from pull_request_file l where l.pull_request_id = p.id) end as files,
       case when c.node_id is not null then json_build_object('headOid', c.head_oid,
         'rollupState', c.rollup_state, 'count', jsonb_array_length(c.contexts), 'reason', c.reason,
         'isDue', c.due_at is not null) end as checks
     from pull_request p left join check_list c on c.node_id = p.node_id
     where p.node_id = any($1::text[]) and ${notDeleted('p')}`,
    [nodeIds],
  )
  return new Map(rows.map((row) => [row.nodeId, row]))
}

/** A period of a list ordered by update time: from `newest` (inclusive) down to `oldest` (exclusive). */
export interface Stretch {
  repositoryId: ReadableRepositoryId
  /** Null for the start of the list. */
  newest: Date | null
  oldest: Date
  /** Node ids on GitHub's list. */
  listed: string[]
}

/** Returns the next `limit` stored pull requests that were not on GitHub's list, ordered by node id. */
export async function readUnlisted(
  db: Queryable,
  { repositoryId, newest, oldest, listed }: Stretch,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const { rows } = await db.query<{ nodeId: string }>(
    `select node_id from pull_request
     where repository_id = $1 and ${notDeleted('pull_request')} and updated_at > $2
       and ($3::timestamptz is null or updated_at <= $3)
       and node_id <> all($4::text[]) and node_id > $5
     order by node_id limit $6`,
    [repositoryId, oldest, newest, listed, after, limit],
  )
  return rows.map((row) => row.nodeId)
}

/** A thread that is stored or referenced by stored comments. */
export interface StoredThread {
  nodeId: string
  comments: number
  pullRequestId: string
  number: number
  /** Update time of its pull request. */
  updatedAt: Date
}

/** Returns the threads of these pull requests (node ids). */
export async function readStoredThreads(
  db: Queryable,
  pullRequests: string[],
): Promise<StoredThread[]> {
  const { rows } = await db.query<StoredThread>(
    `with pull as (
       select id, node_id, number, updated_at from pull_request
       where node_id = any($1::text[]) and ${notDeleted('pull_request')}
     ), thread as (
       select t.node_id, t.pull_request_id from review_thread t join pull on pull.id = t.pull_request_id
       union
       select c.thread_id, c.pull_request_id from review_comment c join pull on pull.id = c.pull_request_id
     )
     select t.node_id, (select count(*)::int from review_comment c
         where c.thread_id = t.node_id and c.pull_request_id = pull.id) as comments,
       pull.node_id as pull_request_id, pull.number, pull.updated_at
     from thread t join pull on pull.id = t.pull_request_id
     order by pull.id, t.node_id`,
    [pullRequests],
  )
  return rows
}
