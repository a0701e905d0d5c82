import type { Queryable } from '#app/database/pool.server.ts'
import { portionsOf } from '#app/database/upsert.ts'

/** A file that is to be divided. */
export interface UndividedFile {
  id: string
  path: string
  blobOid: string
  recipe: string
}

/** Returns those of the files that are still to be divided. */
export async function readUndivided(db: Queryable, ids: string[]): Promise<UndividedFile[]> {
  const { rows } = await db.query<UndividedFile>(
    `select id, path, blob_oid, recipe from code_file
     where id = any($1::bigint[]) and grammar is null and skipped is null order by id`,
    [ids],
  )
  return rows
}

/** A chunk with what search needs of it. */
export interface StoredChunk {
  startLine: number
  endLine: number
  symbol: string | null
  signature: string | null
  text: string
  /** Of the text that is embedded. */
  tokens: number
  /** Hexadecimal SHA-256 of the text that is embedded. */
  hash: string
  /** The text of a `tsvector`. */
  vector: string
  /** Words. */
  length: number
}

export interface DividedFile {
  id: string
  language: string | null
  grammar: string
  skipped: string | null
  chunks: StoredChunk[]
}

/** Stores the chunks of files. */
export async function storeChunks(
  tx: Queryable,
  refId: string,
  files: DividedFile[],
): Promise<void> {
  await tx.query(
    `update code_file f set language = d.language, grammar = d.grammar, skipped = d.skipped
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) d (id, language, grammar, skipped)
     where f.id = d.id`,
    [
      files.map(({ id }) => id),
      files.map(({ language }) => language),
      files.map(({ grammar }) => grammar),
      files.map(({ skipped }) => skipped),
    ],
  )
  const rows = files.flatMap(({ id, chunks }) =>
    chunks.map((chunk, part) => ({ ...chunk, fileId: id, part })),
  )
  for (const portion of portionsOf(rows)) await insertChunks(tx, refId, portion)
}

type ChunkRow = StoredChunk & { fileId: string; part: number }

async function insertChunks(tx: Queryable, refId: string, rows: ChunkRow[]): Promise<void> {
  const column = <K extends keyof ChunkRow>(name: K) => rows.map((row) => row[name])
  await tx.query(
    `insert into code_chunk (ref_id, file_id, part, start_line, end_line, symbol, signature, text,
       tokens, content_hash, words, length)
     select $1, c.file_id, c.part, c.start_line, c.end_line, c.symbol, c.signature, c.text, c.tokens,
       decode(c.hash, 'hex'), c.vector::tsvector, c.length
     from unnest($2::bigint[], $3::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[],
         $9::int[], $10::text[], $11::text[], $12::int[])
       c (file_id, part, start_line, end_line, symbol, signature, text, tokens, hash, vector, length)`,
    [
      refId,
      column('fileId'),
      column('part'),
      column('startLine'),
      column('endLine'),
      column('symbol'),
      column('signature'),
      column('text'),
      column('tokens'),
      column('hash'),
      column('vector'),
      column('length'),
    ],
  )
}
