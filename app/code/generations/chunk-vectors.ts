import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { encodeHalfvecs } from '#app/embeddings/halfvecs.ts'
import {
  halfvecType,
  keysOf,
  type Passage,
  ROWS,
  type VectorStore,
} from '#app/embeddings/vectors.ts'

/** The vectors of chunks. */
export const chunkVectors: VectorStore = { copy: copyVectors, save: saveVectors }

async function copyVectors(pool: Pool, spaceId: string, chunks: Passage[]): Promise<Set<string>> {
  const copied = new Set<string>()
  for (let start = 0; start < chunks.length; start += ROWS) {
    const { rows } = await pool.query<{ id: string }>(
      `with wanted as (
         select c.id, c.ref_id, c.content_hash, r.installation_id
         from unnest($2::bigint[], $3::bytea[]) w (id, content_hash)
           join code_chunk c on c.id = w.id and c.content_hash = w.content_hash
           join code_ref r on r.id = c.ref_id
         order by c.id for key share of c)
       insert into code_embedding (space_id, chunk_id, ref_id, content_hash, vector)
       select $1, w.id, w.ref_id, w.content_hash, same.vector
       from wanted w cross join lateral (
         select e.vector from code_embedding e
           join code_ref o on o.id = e.ref_id and o.installation_id = w.installation_id
         where e.space_id = $1 and e.content_hash = w.content_hash
         limit 1) same
       on conflict (space_id, chunk_id) do nothing
       returning chunk_id as id`,
      [spaceId, ...keysOf(chunks.slice(start, start + ROWS))],
    )
    for (const { id } of rows) copied.add(id)
  }
  return copied
}

async function saveVectors(
  pool: Pool,
  spaceId: string,
  chunks: Passage[],
  vectors: Float32Array[],
): Promise<void> {
  await transaction(pool, async (tx) => {
    const type = await halfvecType(tx)
    for (let start = 0; start < chunks.length; start += ROWS) {
      await tx.query(
        `with made as (
           select c.id, c.ref_id, c.content_hash, m.vector
           from unnest($2::bigint[], $3::bytea[], $4::halfvec[]) m (id, content_hash, vector)
             join code_chunk c on c.id = m.id and c.content_hash = m.content_hash
           order by c.id for key share of c)
         insert into code_embedding (space_id, chunk_id, ref_id, content_hash, vector)
         select $1, * from made
         on conflict (space_id, chunk_id) do nothing`,
        [
          spaceId,
          ...keysOf(chunks.slice(start, start + ROWS)),
          encodeHalfvecs(vectors.slice(start, start + ROWS), type),
        ],
      )
    }
  })
}
