import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
import { WORK } from './work.ts'

const LISTING = [
  WORK['github_repositories/extraction'].position,
  WORK['github_repositories/transform'].position,
]
const EMBEDDING = WORK['github_prs_commits_reviews_comments/embedding'].position

/**
 * Records the progress of active runs, or of one run that is about to end or has just ended. It is stored
 * because it may only rise, whoever reads it. Called every second.
 *
 * The total is known when all repositories are listed and each is read from the beginning (or is read
 * already): GitHub does not report how many pull requests were updated since a date. Progress is the share of
 * those pull requests that are read and embedded. A run that reads no pull requests of repositories is
 * measured in work items, once extraction has ended. Of an ingest of code, the clone is the first tenth.
 */
export async function noteProgress(db: Queryable, runId: string | null = null): Promise<void> {
  await db.query(
    `with look as (
       select r.id, case when pulls.expected > 0 then items.is_listed and pulls.is_exact
           else items.is_extracted or r.mode = 'code' end as is_known,
         case when r.mode = 'code' then (select 0.1 * cloned from ingest where run_id = r.id)
             + case when items.is_extracted
               then 0.5 * items.divided + 0.4 * items.divided * items.embedded else 0 end
           when pulls.expected > 0
           then (pulls.read - items.unembedded)::float8 / greatest(pulls.expected, pulls.read)
           else items.done::float8 / nullif(items.total, 0) end as share
       from run r cross join lateral (
         select sum(total) as total, sum(done) as done,
           bool_and(last_item_at is not null and failed = 0) filter (where position = any($2)) as is_listed,
           bool_and(last_item_at is not null) filter (where stage = 'extraction') as is_extracted,
           sum(open + cancelled) filter (where position = $3) as unembedded,
           coalesce((sum(done) filter (where stage = 'transform'))::float8
             / nullif(sum(total) filter (where stage = 'transform'), 0), 1) as divided,
           coalesce((sum(done) filter (where stage = 'embedding'))::float8
             / nullif(sum(total) filter (where stage = 'embedding'), 0), 0) as embedded
         from stage where run_id = r.id) items cross join lateral (
         select sum(expected) as expected,
           bool_and(closed_at is not null or since <= to_timestamp(0)) as is_exact,
           (select count(*) from snapshot s where s.run_id = r.id and s.state = 'complete') as read
         from repository_sync where run_id = r.id) pulls
       where case when $1::bigint is null then ${isActiveRun('r')} else r.id = $1 end
     ), measured as (
       select id, least(99, greatest(0, floor(100 * coalesce(share, 0))))::smallint as progress
       from look where is_known
     )
     update run r
     set progress = greatest(r.progress, m.progress), total_known = true, version = r.version + 1
     from measured m where r.id = m.id and (m.progress > r.progress or not r.total_known)`,
    [runId, LISTING, EMBEDDING],
  )
}
