import { toSql } from 'pgvector'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { type ChunkFilters, chunkConditions } from './chunk-conditions.ts'

/** The vector of a query, and how much vectors count. */
export interface Meaning {
  space: Pick<Space, 'id' | 'dimensions'>
  vector: Float32Array
  /** From 0 to 1. */
  weight: number
  /** Similarity below which a chunk needs words as well. */
  floor: number
  /** Most values (rows × dimensions) that are compared. */
  values: number
}

export interface NearChunk {
  id: string
  file: string
  /** Cosine similarity, -1 to 1. */
  similarity: number
}

const NEAREST = 200

/**
 * Returns the chunks whose vectors are nearest, best first. Where there are more than may be compared, only
 * those that words found are.
 *
 * @param found ids of these, best first.
 */
export async function readNearChunks(
  db: Queryable,
  meaning: Meaning,
  filters: ChunkFilters,
  found: string[],
): Promise<NearChunk[]> {
  const most = Math.floor(meaning.values / meaning.space.dimensions)
  const only = (await hasMore(db, meaning.space, filters, most)) ? found.slice(0, most) : null
  const parameters = parametersOf()
  const { bind, values } = parameters
  const among = only ? `e.chunk_id = any(${bind(only)}::bigint[]) and` : ''
  const { rows } = await db.query<NearChunk>(
    `select c.id, c.file_id as file,
       1 - (e.vector <=> ${bind(toSql([...meaning.vector]))}::halfvec) as similarity
     from code_embedding e join code_chunk c on c.id = e.chunk_id
       join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
     where e.space_id = ${bind(meaning.space.id)} and e.ref_id = any(${bind(filters.refs)}::bigint[]) and
       ${among} ${chunkConditions(filters, parameters)}
     order by similarity desc, c.id limit ${NEAREST}`,
    values,
  )
  return rows
}

async function hasMore(
  db: Queryable,
  space: Meaning['space'],
  { refs }: ChunkFilters,
  most: number,
): Promise<boolean> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from (select from code_embedding
       where space_id = $1 and ref_id = any($2::bigint[]) limit $3) counted`,
    [space.id, refs, most + 1],
  )
  return (rows[0]?.count ?? 0) > most
}
