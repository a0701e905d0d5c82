import type { Pool, Queryable } from '#app/database/pool.server.ts'

/** A file of a commit. */
export interface CommitFile {
  /** As git writes it: quoted if it is not UTF-8. */
  path: string
  blobOid: string
  /** Bytes. */
  size: number
  /** What its chunks depend on beside its text. */
  recipe: string
  /** Why it has no chunks; null if it is to be divided. */
  skipped: string | null
}

export interface NewFile {
  id: string
  size: number
  skipped: string | null
}

interface Page {
  refId: string
  generation: number
  /** The range of paths, in the order of their UTF-8 bytes: beyond `after`, up to `last` (null: to the end). */
  after: string
  last: string | null
}

/**
 * Notes the files of a range of paths in the generation that is being built: those that changed end before
 * it, and the new ones begin with it. What did not change costs nothing.
 *
 * @returns the files that begin, in order of path.
 */
export async function noteFiles(
  tx: Queryable,
  { refId, generation, after, last }: Page,
  files: CommitFile[],
): Promise<NewFile[]> {
  const { rows } = await tx.query<NewFile>(
    `with entry as materialized (
       select * from unnest($5::text[], $6::text[], $7::int[], $8::text[], $9::text[])
         e (path, blob_oid, size, recipe, skipped)
     ), live as materialized (
       select id, path, blob_oid, recipe from code_file
       where ref_id = $1 and until is null and path > $3 and ($4::text is null or path <= $4)
     ), kept as materialized (
       select live.id, live.path from live join entry on entry.path = live.path
         and entry.blob_oid = live.blob_oid and entry.recipe = live.recipe
     ), ended as (
       update code_file f set until = $2 from live
       where f.id = live.id and live.id not in (select id from kept)
     )
     insert into code_file (ref_id, path, blob_oid, size, recipe, skipped, since)
     select $1, path, blob_oid, size, recipe, skipped, $2 from entry
     where path not in (select path from kept) order by path collate "C"
     returning id, size, skipped`,
    [
      refId,
      generation,
      after,
      last,
      files.map(({ path }) => path),
      files.map(({ blobOid }) => blobOid),
      files.map(({ size }) => size),
      files.map(({ recipe }) => recipe),
      files.map(({ skipped }) => skipped),
    ],
  )
  return rows
}

/** Rows of a batch. */
export const ROWS = 500

/**
 * Takes back what an ingest that did not end has written beyond the generation that holds. In batches, each
 * of which is a transaction.
 */
export async function discardUnfinished(
  pool: Pool,
  { refId, current }: { refId: string; current: number },
  signal: AbortSignal,
): Promise<void> {
  await inBatches(signal, () => discardBatch(pool, refId, current))
}

/** @returns the number of rows; fewer than {@link ROWS} if nothing is left. */
export async function discardBatch(
  db: Queryable,
  refId: string,
  current: number,
): Promise<{ rowCount: number }> {
  const deleted = await db.query(
    `delete from code_file where id in (
       select id from code_file where ref_id = $1 and since > $2 limit ${ROWS})`,
    [refId, current],
  )
  if (deleted.rowCount === ROWS) return deleted
  return db.query(
    `update code_file set until = null where id in (
       select id from code_file where ref_id = $1 and until > $2 limit ${ROWS})`,
    [refId, current],
  )
}

/** Repeats a statement until it finds less than a batch. @throws the signal's reason. */
export async function inBatches(
  signal: AbortSignal,
  work: () => Promise<{ rowCount: number }>,
): Promise<number> {
  for (let all = 0; ; ) {
    signal.throwIfAborted()
    const { rowCount } = await work()
    all += rowCount
    if (rowCount < ROWS) return all
  }
}
