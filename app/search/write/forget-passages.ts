/** Deletes passages with all that finds them: their words, their vectors and, later, their share in the counts. */
import type { Queryable } from '#app/database/pool.server.ts'
import { noteChanges } from './note-changes.ts'

export interface ForgottenPassage {
  /** Null for a repository's own text. */
  pullRequestId: string | null
  repositoryId: string
  sourceId: string
}

/**
 * Forgets the passages that the condition names.
 *
 * @param condition on `passage x`, with a `using` clause if it needs one; `values` are its parameters.
 */
export async function forgetPassages(
  tx: Queryable,
  condition: string,
  values: unknown[],
): Promise<ForgottenPassage[]> {
  const { rows } = await tx.query<ForgottenPassage>(
    `delete from passage x ${condition}
     returning x.pull_request_id, x.repository_id, x.source_id`,
    values,
  )
  await noteChanges(
    tx,
    rows.map(({ repositoryId }) => repositoryId),
  )
  return rows
}

/** Forgets passages by these authors. @returns their number, `most` if there may be more. */
export async function forgetAuthors(
  tx: Queryable,
  authorIds: string[],
  most: number,
): Promise<number> {
  const forgotten = await forgetPassages(
    tx,
    `where x.id in (
       select id from passage where author_id = any($1::text[]) order by id limit $2)`,
    [authorIds, most],
  )
  return forgotten.length
}

export interface ForgottenRows {
  vectors: number
  passages: number
}

/** Forgets pull requests of a repository that is being erased, whose words are counted no more. */
export async function forgetPullRequests(tx: Queryable, ids: string[]): Promise<ForgottenRows> {
  const { rowCount: vectors } = await tx.query(
    `delete from embedding where passage_id in (
       select id from passage where pull_request_id = any($1::bigint[]))`,
    [ids],
  )
  const { rowCount: passages } = await tx.query(
    'delete from passage where pull_request_id = any($1::bigint[])',
    [ids],
  )
  return { vectors, passages }
}

/** Forgets passages of a repository that is being erased. */
export async function forgetRepository(
  tx: Queryable,
  id: string,
  most: number,
): Promise<ForgottenRows> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from passage where repository_id = $1 limit $2',
    [id, most],
  )
  const ids = rows.map((row) => row.id)
  const { rowCount: vectors } = await tx.query(
    'delete from embedding where passage_id = any($1::bigint[])',
    [ids],
  )
  const { rowCount: passages } = await tx.query(
    'delete from passage where id = any($1::bigint[])',
    [ids],
  )
  return { vectors, passages }
}

/** Forgets how many passages of a repository contain a word. @returns the number of words. */
export async function forgetCounts(tx: Queryable, id: string, most: number): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from lexeme_stats where ctid in (
       select ctid from lexeme_stats where repository_id = $1 limit $2)`,
    [id, most],
  )
  return rowCount
}
