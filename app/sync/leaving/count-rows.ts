import type { Queryable } from '#app/database/pool.server.ts'
import { type ErasedRows, NO_ROWS } from './erased-rows.ts'

/** Counts the rows that an erasure of these repositories would delete. @param ids repository ids. */
export async function countRows(db: Queryable, ids: string[]): Promise<ErasedRows> {
  const { rows } = await db.query<ErasedRows>(
    `with repositories as materialized (
       select id from repository where id = any($1::bigint[])
     ), pulls as materialized (
       select id from pull_request where repository_id in (select id from repositories)
     )
     select (select count(*)::int from repositories) as repositories,
       (select count(*)::int from pulls) as pull_requests,
       (select count(*)::int from review where pull_request_id in (select id from pulls)) as reviews,
       (select count(*)::int from review_thread where pull_request_id in (select id from pulls))
         as review_threads,
       (select count(*)::int from review_comment where pull_request_id in (select id from pulls))
         as review_comments,
       (select count(*)::int from comment where pull_request_id in (select id from pulls)) as comments,
       (select count(*)::int from commit where repository_id in (select id from repositories)) as commits,
       (select count(*)::int from passage where repository_id in (select id from repositories))
         as passages,
       (select count(*)::int from embedding where repository_id in (select id from repositories))
         as vectors,
       (select count(*)::int from raw_record where repository_id in (select id from repositories)
         or snapshot_id in (select id from snapshot where repository_id in (select id from repositories)))
         as raw_records`,
    [ids],
  )
  return rows[0] ?? NO_ROWS
}
