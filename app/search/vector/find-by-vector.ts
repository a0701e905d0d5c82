import type { Queryable } from '#app/database/pool.server.ts'
import { type Reader, SlowQueryError } from '#app/database/reader.server.ts'
import { EXACT_VALUES } from '#app/embeddings/index-space.ts'
import {
  type NearPassage,
  prepareWalk,
  scanChunk,
  scanRows,
  type VectorQuery,
  walkIndex,
} from './nearest-rows.ts'

interface SearchLimits {
  /** Maximum number of values (rows × dimensions) to compare exactly, even if there is an index. */
  exact: number
  /**
   * The same limit for one statement on the embedded profile. PGlite takes about 50 ms, while
   * all others wait.
   */
  chunk: number
}

const LIMITS: SearchLimits = { exact: EXACT_VALUES, chunk: 1_000_000 }
const DEADLINE_MS = 2_000
const MOST = 1_000

/**
 * Finds the passages in scope that meet the conditions and whose vectors are nearest to a vector, best
 * first. Vectors of a passage's earlier text are ignored.
 *
 * Up to `EXACT_VALUES`, every row is compared, in chunks on the embedded profile. Beyond
 * that, the space's index is walked if it has one.
 *
 * @throws SlowQueryError after more than two seconds.
 */
export async function findByVector(
  reader: Reader,
  query: VectorQuery,
  limits = LIMITS,
): Promise<NearPassage[]> {
  const { dimensions } = query.space
  if (query.vector.length !== dimensions)
    throw new Error(`The vector has ${query.vector.length} values, but the space has ${dimensions}`)
  if (query.repositoryIds.length === 0) return []
  const bounded = { ...query, limit: Math.min(query.limit, MOST) }
  return reader.run(
    (db) =>
      reader.profile === 'external'
        ? findInTransaction(db, bounded, rowsOf(limits.exact, query))
        : findInChunks(db, bounded, rowsOf(limits.chunk, query)),
    DEADLINE_MS,
  )
}

async function findInTransaction(
  tx: Queryable,
  query: VectorQuery,
  most: number,
): Promise<NearPassage[]> {
  const compared = await scanRows(tx, query, most)
  if (compared) return compared
  if (await prepareWalk(tx, query)) {
    const found = await walkIndex(tx, query)
    if (found.length === query.limit) return found
    // The walk stops after a fixed number of rows; rare matches require a comparison of every row.
    await tx.query('set local enable_sort = on')
  }
  return (await scanRows(tx, query, null)) ?? []
}

async function findInChunks(
  db: Queryable,
  query: VectorQuery,
  size: number,
): Promise<NearPassage[]> {
  const compared = await scanRows(db, query, size)
  if (compared) return compared
  const deadline = performance.now() + DEADLINE_MS
  let best: NearPassage[] = []
  for (let after: string | null = '0'; after !== null; ) {
    if (performance.now() > deadline)
      throw new SlowQueryError(`The vector search did not finish within ${DEADLINE_MS / 1000} s`)
    const chunk = await scanChunk(db, query, { after, size })
    best = [...best, ...chunk.near].sort((a, b) => b.similarity - a.similarity)
    best.splice(query.limit)
    after = chunk.last
  }
  return best
}

function rowsOf(values: number, { space }: VectorQuery): number {
  return Math.floor(values / space.dimensions)
}
