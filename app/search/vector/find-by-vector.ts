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

interface Limits {
  /** Values (rows × dimensions) of which each row is compared although there may be an index. */
  exact: number
  /** The same of one statement on the embedded profile. PGlite takes some 50 ms, on the web's thread. */
  chunk: number
}

const LIMITS: Limits = { exact: EXACT_VALUES, chunk: 1_000_000 }
const DEADLINE_MS = 2_000
const MOST = 1_000

/**
 * The passages whose vectors are nearest to a vector, the best first: of those in scope that fulfil the
 * conditions. A vector of an earlier text of its passage is not found.
 *
 * Up to `EXACT_VALUES` every row is compared, in chunks where that runs on the web's thread. Beyond, the
 * space's index is walked where it has one.
 *
 * @throws SlowQueryError when it takes more than two seconds.
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
    // The walk ends after so many rows: what is rare among them is found by looking at each.
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
