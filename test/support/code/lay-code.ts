import { createHash } from 'node:crypto'
import { countCodeWords } from '#app/code/search/count-words.ts'
import { wordsOfChunk } from '#app/code/search/words-of-chunk.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { insert } from '../laid-rows.ts'

interface LaidChunk {
  text: string
  symbol?: string
  signature?: string
}

interface LaidFile {
  chunks: LaidChunk[]
  language?: string
  /** The generation that it begins with, and the one that it is no longer part of. */
  since?: number
  until?: number
}

export interface LaidCode {
  installation: string
  repository?: string | null
  fullName?: string
  project?: string
  dataset?: string
  scope?: 'project' | 'shared'
  branch?: string
  generation?: number
  oid?: string
  /** By path; a text is a file of one chunk. */
  files: Record<string, string | LaidFile>
}

/**
 * Writes a ref with its files and chunks straight into the tables. Words are not counted yet.
 *
 * @returns its id.
 */
export async function layCode(db: Queryable, laid: LaidCode): Promise<string> {
  const { installation, repository = null, fullName = 'acme/engine', branch = 'main' } = laid
  const dataset = await layDataset(db, laid)
  const ref = await insert(db, 'code_ref', {
    dataset_id: dataset,
    installation_id: installation,
    repository_id: repository,
    full_name: fullName,
    branch,
    generation: laid.generation ?? 1,
    oid: laid.oid ?? '1'.repeat(40),
  })
  for (const [path, file] of Object.entries(laid.files))
    await layFile(db, ref, path, typeof file === 'string' ? { chunks: [{ text: file }] } : file)
  return ref
}

/** Counts the words of a generation, as its ingest does before it holds. */
export async function countLaid(pool: Pool, refId: string, generation = 1): Promise<void> {
  const take = await countCodeWords(pool, { refId, generation }, new AbortController().signal)
  await take(pool)
}

async function layDataset(db: Queryable, laid: LaidCode): Promise<string> {
  const { installation, project = 'core', dataset = 'engine', scope = 'project' } = laid
  const { rows } = await db.query<{ id: string }>(
    `with made as (
       insert into project (name, installation_id) values ($1, $2)
       on conflict (name) do update set name = excluded.name returning id)
     insert into dataset (project_id, name, scope) select id, $3, $4 from made
     on conflict (project_id, name) do update set scope = excluded.scope returning id`,
    [project, installation, dataset, scope],
  )
  return (rows[0] as { id: string }).id
}

async function layFile(db: Queryable, ref: string, path: string, laid: LaidFile): Promise<void> {
  const whole = laid.chunks.map(({ text }) => text).join('\n')
  const file = await insert(db, 'code_file', {
    ref_id: ref,
    path,
    blob_oid: createHash('sha1').update(whole).digest('hex'),
    size: Buffer.byteLength(whole),
    recipe: 'test',
    language: laid.language ?? 'TypeScript',
    grammar: 'test',
    since: laid.since ?? 1,
    until: laid.until ?? null,
  })
  let line = 1
  for (const [part, { text, symbol = null, signature = null }] of laid.chunks.entries()) {
    const lines = text.split('\n').length
    const { vector, length } = wordsOfChunk({ path, symbol, text })
    await insert(db, 'code_chunk', {
      ...{ ref_id: ref, file_id: file, part, symbol, signature, text, length },
      ...{ start_line: line, end_line: line + lines - 1, tokens: length, words: vector },
      content_hash: createHash('sha256').update(`${path}\n${text}`).digest(),
    })
    line += lines
  }
}
