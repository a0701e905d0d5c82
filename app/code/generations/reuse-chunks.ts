import type { Queryable } from '#app/database/pool.server.ts'

const CHUNK = `part, start_line, end_line, symbol, signature, text, tokens, content_hash, words, length`

/**
 * Divides files as equal ones of the same tenant were divided, in another branch or dataset, or in an earlier
 * generation: those with the same path, content and recipe. A file that somebody else divides at the same moment is
 * left to them.
 *
 * @param fileIds files that are to be divided; the others stay to be.
 */
export async function reuseChunks(db: Queryable, refId: string, fileIds: string[]): Promise<void> {
  await db.query(
    `with equal as materialized (
       select distinct on (f.id) f.id, t.id as like_id, t.language, t.grammar, t.skipped
       from code_file f join code_ref r on r.id = f.ref_id
         join code_file t on t.blob_oid = f.blob_oid and t.path = f.path and t.recipe = f.recipe
           and t.grammar is not null
         join code_ref o on o.id = t.ref_id and o.installation_id = r.installation_id
       where f.id = any($2::bigint[]) and f.ref_id = $1 and f.grammar is null and f.skipped is null
       order by f.id, t.id
     ), taken as (
       update code_file f set language = e.language, grammar = e.grammar, skipped = e.skipped
       from equal e where f.id = e.id and f.grammar is null
       returning f.id, e.like_id
     )
     insert into code_chunk (ref_id, file_id, ${CHUNK})
     select $1, taken.id, ${CHUNK} from taken join code_chunk c on c.file_id = taken.like_id`,
    [refId, fileIds],
  )
}

/** What a file has to be embedded. */
export interface DividedSize {
  fileId: string
  chunks: number
  tokens: number
}

/** Returns the sizes of those of the files that have chunks, in the order of their ids. */
export async function readDividedSizes(db: Queryable, fileIds: string[]): Promise<DividedSize[]> {
  const { rows } = await db.query<DividedSize>(
    `select file_id, count(*)::int as chunks, sum(tokens)::int as tokens from code_chunk
     where file_id = any($1::bigint[]) group by file_id order by file_id`,
    [fileIds],
  )
  return rows
}
