/** Fills the tables of code with copies of a real repository, without vectors. */
import { createHash } from 'node:crypto'
import { wordsOfChunk } from '#app/code/search/words-of-chunk.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { countLaid, layCode } from '#test/support/code/lay-code.ts'
import type { PathChunk } from './chunk-index.ts'

const BATCH = 2_000

/** @param copies how many times the chunks are laid, each as a dataset of its own. */
export async function makeChunks(pool: Pool, chunks: PathChunk[], copies: number): Promise<void> {
  const paths = [...new Set(chunks.map(({ path }) => path))]
  const { rows } = await pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('app', 'code', 'code') returning id`,
  )
  const installation = rows[0]?.id as string
  for (let copy = 0; copy < copies; copy++) {
    const name = `copy-${copy}`
    const laid = { installation, dataset: name, fullName: `bench/${name}`, files: {} }
    const refId = await layCode(pool, laid)
    await layFiles(pool, refId, paths)
    for (let start = 0; start < chunks.length; start += BATCH)
      await layChunks(pool, refId, chunks.slice(start, start + BATCH))
    await countLaid(pool, refId)
  }
  await pool.connections.query('vacuum analyze')
}

async function layFiles(pool: Pool, refId: string, paths: string[]): Promise<void> {
  await pool.query(
    `insert into code_file (ref_id, path, blob_oid, size, recipe, language, since)
     select $1, path, md5(path), 0, 'bench', 'Java', 1 from unnest($2::text[]) path`,
    [refId, paths],
  )
}

async function layChunks(pool: Pool, refId: string, chunks: PathChunk[]): Promise<void> {
  const words = chunks.map(({ path, symbol, text }) => wordsOfChunk({ path, symbol, text }))
  await pool.query(
    `insert into code_chunk (ref_id, file_id, part, start_line, end_line, symbol, text, tokens,
       content_hash, words, length)
     select $1, f.id, part, start_line, end_line, symbol, text, 0, content_hash, words::tsvector, length
     from unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::bytea[],
         $9::text[], $10::int[])
       c (path, part, start_line, end_line, symbol, text, content_hash, words, length)
       join code_file f on f.ref_id = $1 and f.path = c.path`,
    [
      refId,
      chunks.map(({ path }) => path),
      // Lines are in one chunk each, so the first one tells the chunks of a file apart.
      chunks.map(({ startLine }) => startLine),
      chunks.map(({ startLine }) => startLine),
      chunks.map(({ endLine }) => endLine),
      chunks.map(({ symbol }) => symbol),
      chunks.map(({ text }) => text),
      chunks.map(({ text, path }) => createHash('sha256').update(`${path}\n${text}`).digest()),
      words.map(({ vector }) => vector),
      words.map(({ length }) => length),
    ],
  )
}
