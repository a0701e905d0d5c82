import type { Queryable } from '#app/database/pool.server.ts'

/**
 * Records that passages were written or deleted, for the word counts.
 *
 * @param repositoryIds one entry per passage.
 */
export async function noteChanges(tx: Queryable, repositoryIds: string[]): Promise<void> {
  if (repositoryIds.length === 0) return
  await tx.query(
    `insert into passage_change (repository_id, passages)
     select id, count(*) from unnest($1::bigint[]) id group by id order by id`,
    [repositoryIds],
  )
}
