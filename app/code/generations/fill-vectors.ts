import type { Logger } from '#app/config/logger.server.ts'
import { holdProgress, noteProgress, releaseProgress } from '#app/database/held-progress.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile, notForgotten } from '#app/database/predicates.ts'
import { consents } from '#app/embeddings/consent.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import type { EmbeddingConfig } from '#app/embeddings/providers/resolve-provider.ts'
import { chooseSpace } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import { chunkVectors } from './chunk-vectors.ts'
import { EMBEDDED, type EmbeddedRow, readEmbedded } from './read-embedded.ts'

const KEY = 'code_fill'
/** Chunks read per query: enough to fill a request. */
const SCAN = 2_048

interface CodeFilling {
  pool: Pool
  config: EmbeddingConfig
  provider: EmbeddingProvider | null
  logger: Logger
  signal: AbortSignal
}

interface Destination {
  provider: EmbeddingProvider
  spaceId: string
}

/**
 * Gives the code that search sees its vectors in the wanted space, where it has none: after a change of the
 * provider, or after texts were allowed. In one process at a time. Called periodically; a no-op if nothing lacks.
 */
export async function fillCodeVectors(filling: CodeFilling): Promise<void> {
  const { pool, config, signal } = filling
  const choice = await chooseSpace(pool, config, filling.provider)
  if (!choice.provider) return
  const to = { provider: choice.provider, spaceId: choice.space.id }
  if (!(await nextRef(pool, to.spaceId))) return
  await pool.query(`insert into setting (key, value) values ($1, '{}') on conflict do nothing`, [
    KEY,
  ])
  const held = await holdProgress<object>(pool, KEY)
  if (!held) return
  try {
    for (let ref = await nextRef(pool, to.spaceId); ref; ref = await nextRef(pool, to.spaceId)) {
      if (!(await fillRef(filling, to, ref))) return
      if (signal.aborted || !(await noteProgress(pool, held, {}))) return
    }
  } finally {
    await releaseProgress(pool, held)
  }
}

interface Ref {
  id: string
  generation: number
}

async function nextRef(db: Queryable, spaceId: string): Promise<Ref | undefined> {
  const { rows } = await db.query<Ref>(
    `select id, generation from code_ref r
     where r.generation > 0 and ${notForgotten('r')} and r.space_id is distinct from $1
     order by id limit 1`,
    [spaceId],
  )
  return rows[0]
}

/** @returns false if the provider cannot go on now. */
async function fillRef(
  { pool, logger, signal }: CodeFilling,
  { provider, spaceId }: Destination,
  { id, generation }: Ref,
): Promise<boolean> {
  for (let after = '0'; ; ) {
    if (signal.aborted) return false
    const chunks = await readMissing(pool, {
      id,
      spaceId,
      after,
      outside: provider.outside !== null,
    })
    const last = chunks.at(-1)
    if (!last) break
    const embedding = { pool, provider, spaceId, signal, vectors: chunkVectors }
    const { stopped } = await embedPassages(embedding, chunks)
    if (stopped) {
      logger.warn({ err: stopped.error, ref: id }, 'the vectors of code wait for the provider')
      return false
    }
    after = last.id
  }
  await pool.query('update code_ref set space_id = $2 where id = $1 and generation = $3', [
    id,
    spaceId,
    generation,
  ])
  return true
}

async function readMissing(
  db: Queryable,
  { id, spaceId, after, outside }: { id: string; spaceId: string; after: string; outside: boolean },
): Promise<Passage[]> {
  const { rows } = await db.query<EmbeddedRow>(
    `select ${EMBEDDED}
     from code_ref r join installation i on i.id = r.installation_id
       join code_chunk c on c.ref_id = r.id join code_file f on f.id = c.file_id
       left join code_embedding e on e.space_id = $2 and e.chunk_id = c.id
     where r.id = $1 and c.id > $3 and e.chunk_id is null and ${isCurrentFile('f', 'r')}
       and (not $4::boolean or coalesce(${consents('i')}, false))
     order by c.id limit ${SCAN}`,
    [id, spaceId, after, outside],
  )
  return rows.map(readEmbedded)
}
