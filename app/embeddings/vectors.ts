import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { encodeHalfvecs } from './halfvecs.ts'

export interface Passage {
  id: string
  contentHash: Buffer
  text: string
  tokens: number
}

/** Where the vectors of a kind of texts are stored. */
export interface VectorStore {
  /**
   * Copies existing vectors of equal text in the space from others of the same installation.
   *
   * @returns the ids of the texts that now have a vector.
   */
  copy(pool: Pool, spaceId: string, texts: Passage[]): Promise<Set<string>>
  /** Saves the vectors in one transaction, except for texts that were deleted or have changed. */
  save(pool: Pool, spaceId: string, texts: Passage[], vectors: Float32Array[]): Promise<void>
}

/** The vectors of passages. */
export const passageVectors: VectorStore = { copy: copyVectors, save: saveVectors }

// On the embedded profile, statements run one at a time; 500 rows keep each of them short.
export const ROWS = 500

async function copyVectors(pool: Pool, spaceId: string, passages: Passage[]): Promise<Set<string>> {
  const copied = new Set<string>()
  for (let start = 0; start < passages.length; start += ROWS) {
    const { rows } = await pool.query<{ id: string }>(
      `with wanted as (
         select p.id, p.repository_id, p.content_hash, r.installation_id
         from unnest($2::bigint[], $3::bytea[]) w (id, content_hash)
           join passage p on p.id = w.id and p.content_hash = w.content_hash
           join repository r on r.id = p.repository_id
         order by p.id for key share of p)
       insert into embedding (space_id, passage_id, repository_id, content_hash, vector)
       select $1, w.id, w.repository_id, w.content_hash, same.vector
       from wanted w cross join lateral (
         select e.vector from embedding e
           join repository o on o.id = e.repository_id and o.installation_id = w.installation_id
         where e.space_id = $1 and e.content_hash = w.content_hash
         limit 1) same
       on conflict (space_id, passage_id) do update
         set repository_id = excluded.repository_id, content_hash = excluded.content_hash,
           vector = excluded.vector
       returning passage_id as id`,
      [spaceId, ...keysOf(passages.slice(start, start + ROWS))],
    )
    for (const { id } of rows) copied.add(id)
  }
  return copied
}

async function saveVectors(
  pool: Pool,
  spaceId: string,
  passages: Passage[],
  vectors: Float32Array[],
): Promise<void> {
  await transaction(pool, async (tx) => {
    const type = await halfvecType(tx)
    for (let start = 0; start < passages.length; start += ROWS) {
      await tx.query(
        `with made as (
           select p.id, p.repository_id, p.content_hash, m.vector
           from unnest($2::bigint[], $3::bytea[], $4::halfvec[]) m (id, content_hash, vector)
             join passage p on p.id = m.id and p.content_hash = m.content_hash
           order by p.id for key share of p)
         insert into embedding (space_id, passage_id, repository_id, content_hash, vector)
         select $1, * from made
         on conflict (space_id, passage_id) do update
           set repository_id = excluded.repository_id, content_hash = excluded.content_hash,
             vector = excluded.vector`,
        [
          spaceId,
          ...keysOf(passages.slice(start, start + ROWS)),
          encodeHalfvecs(vectors.slice(start, start + ROWS), type),
        ],
      )
    }
  })
}

export function keysOf(passages: Passage[]): [string[], Buffer[]] {
  return [passages.map(({ id }) => id), passages.map(({ contentHash }) => contentHash)]
}

export async function halfvecType(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ oid: number }>(`select 'halfvec'::regtype::oid as oid`)
  return Number(rows[0]?.oid)
}
