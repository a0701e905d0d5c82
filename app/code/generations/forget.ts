import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'
import { inBatches, ROWS } from './note-files.ts'

/** Rows of a batch of counted words, which are small. */
const WORDS = 5_000

/** Deletes the files of generations that no longer hold, in batches. Called periodically. */
export async function deleteReplaced(pool: Pool, signal: AbortSignal): Promise<void> {
  await inBatches(signal, () =>
    pool.query(
      `delete from code_file where id in (
         select f.id from code_ref r join code_file f on f.ref_id = r.id and f.until <= r.generation
         limit ${ROWS})`,
    ),
  )
}

/**
 * Hides the code of a repository, or of an installation, from everybody; {@link eraseForgotten} deletes it.
 */
export async function hideCode(
  tx: Queryable,
  { repositoryId, installationId }: { repositoryId?: string; installationId?: string },
): Promise<void> {
  await tx.query(
    `update code_ref set hidden_at = clock_timestamp(), dataset_id = null
     where ${notForgotten('code_ref')}
       and (repository_id = $1::bigint or installation_id = $2::bigint)`,
    [repositoryId ?? null, installationId ?? null],
  )
}

/**
 * Deletes refs that were hidden, with their files, chunks and vectors, in batches.
 *
 * @param refIds only these; null for all.
 * @returns the number of chunks that were deleted.
 * @throws the signal's reason; another call does the rest.
 */
export async function eraseForgotten(
  pool: Pool,
  refIds: string[] | null,
  signal: AbortSignal,
): Promise<number> {
  let chunks = 0
  for (let rows = 1; rows > 0; ) {
    signal.throwIfAborted()
    const batch = await deleteForgotten(pool, { refIds })
    chunks += batch.chunks
    rows = batch.rows
  }
  await pool.query(
    `delete from code_ref r where not (${notForgotten('r')})
       and ($1::bigint[] is null or r.id = any($1))
       and not exists (select from code_file f where f.ref_id = r.id)`,
    [refIds],
  )
  return chunks
}

/**
 * Deletes a batch of the files of hidden refs, or of the counts of their words once no file is left.
 *
 * @returns how many of these rows and how many chunks were deleted.
 */
export async function deleteForgotten(
  db: Queryable,
  {
    refIds = null,
    repositoryId = null,
  }: { refIds?: string[] | null; repositoryId?: string | null },
): Promise<{ rows: number; chunks: number }> {
  const { rows } = await db.query<{ files: number; chunks: number }>(
    `with gone as materialized (
       select f.id from code_ref r join code_file f on f.ref_id = r.id
       where not (${notForgotten('r')}) and ($1::bigint[] is null or r.id = any($1))
         and ($2::bigint is null or r.repository_id = $2)
       limit ${ROWS}
     ), counted as materialized (
       select count(*)::int as chunks from code_chunk where file_id in (select id from gone)
     ), deleted as (delete from code_file where id in (select id from gone) returning id)
     select (select count(*)::int from deleted) as files, chunks from counted`,
    [refIds, repositoryId],
  )
  const { files, chunks } = rows[0] as { files: number; chunks: number }
  if (files > 0) return { rows: files, chunks }
  const { rowCount } = await db.query(
    `delete from code_lexeme where (lexeme, ref_id, generation) in (
       select l.lexeme, l.ref_id, l.generation from code_ref r join code_lexeme l on l.ref_id = r.id
       where not (${notForgotten('r')}) and ($1::bigint[] is null or r.id = any($1))
         and ($2::bigint is null or r.repository_id = $2)
       limit ${WORDS})`,
    [refIds, repositoryId],
  )
  return { rows: rowCount, chunks: 0 }
}
