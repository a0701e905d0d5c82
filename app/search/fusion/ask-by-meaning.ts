import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Condition } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { SlowQueryError } from '#app/database/reader.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import type { SearchMode } from '../query/query.ts'
import type { MakeQueryVector } from '../vector/query-vector.ts'
import { floorOf, weightIn } from './calibrate.ts'
import type { FusionWeight } from './fuse.ts'
import { type MeaningHit, rankByMeaning } from './rank-by-meaning.ts'

/** Limit for counting the passages without a vector. */
const COUNTED = 10_000

export interface Arms {
  reader: ScopedReader
  queryVector: MakeQueryVector
  /** True if query vectors can be made at all. */
  hasProvider: boolean
  /** The host beyond the own network to which query texts would be sent; null if they stay. */
  outside: string | null
}

/** `ranked` is null if only the words are used; `warnings` then explain why, unless that was requested. */
interface Meaning {
  ranked: MeaningHit[] | null
  weight: FusionWeight
  /** Similarity below which a hit needs words as well. */
  floor: number
  /** True if there are hits beyond the nearest. */
  isCut: boolean
  warnings: string[]
}

interface MeaningQuery {
  text: string | null
  repositoryIds: ReadableRepositoryId[]
  conditions: Condition[]
  /** The active space. */
  space: Space | null
  /** Why the text of the query may not be sent to the provider; null if it may. */
  unasked: string | null
}

/** Runs the vector arm if it is requested and has a weight. A failure becomes a warning. */
export async function askByMeaning(
  { reader, queryVector, hasProvider }: Arms,
  { text, repositoryIds, conditions, space: active, unasked }: MeaningQuery,
  mode: SearchMode,
): Promise<Meaning> {
  const words = (...warnings: string[]): Meaning => ({
    ...{ ranked: null, weight: 0, floor: 1, isCut: false },
    warnings,
  })
  if (mode === 'keyword' || text === null) return words()
  const weight = vectorWeight(active, text, mode)
  // An arm without weight is skipped: a call to the provider can cost time and money.
  if (active && hasProvider && weight === 0)
    return words(...(await reader.run((db) => waiting(db, active, repositoryIds))))
  if (unasked !== null) return words(unasked)
  const { vector, space, reason } = await queryVector(active, text)
  if (!vector) {
    const count = await reader.run((db) => countMissing(db, space, repositoryIds))
    return words(`${reason} The search used words only; ${formatNumber(count)} have no vector.`)
  }
  try {
    const [{ ranked, isCut }, warnings] = await Promise.all([
      rankByMeaning(reader, { space, vector, repositoryIds, conditions }),
      reader.run((db) => waiting(db, space, repositoryIds)),
    ])
    return {
      ranked,
      weight,
      floor: floorOf(space),
      isCut,
      warnings: [...unmeasured(space), ...warnings],
    }
  } catch (error) {
    if (!(error instanceof SlowQueryError)) throw error
    return words('The search by meaning took too long, so the search used words only.')
  }
}

function unmeasured(space: Space): string[] {
  if (space.provider === 'hash' || space.fusion?.floor !== undefined) return []
  return [
    'The vectors have not been measured yet: until then, every result contains a word of the query.',
  ]
}

function vectorWeight(space: Space | null, text: string, mode: SearchMode): FusionWeight {
  if (mode === 'semantic') return 1
  return space ? weightIn(space, text) : 0
}

/**
 * Warns about passages without a vector, unless the space is filled or uses the built-in model: users rely
 * on vectors only with an external one.
 */
async function waiting(
  db: Queryable,
  space: Space,
  repositoryIds: ReadableRepositoryId[],
): Promise<string[]> {
  const isFilled = space.filledAt !== null || space.provider === 'hash'
  const count = isFilled ? 0 : await countMissing(db, space, repositoryIds)
  if (count === 0) return []
  return [`${formatNumber(count)} have no vector yet and are found by words only.`]
}

function formatNumber(count: number): string {
  return `${count > COUNTED ? 'more than ' : ''}${Math.min(count, COUNTED).toLocaleString('en')} passages`
}

async function countMissing(
  db: Queryable,
  space: Space | null,
  repositoryIds: ReadableRepositoryId[],
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from (select from passage p
       where p.repository_id = any($1::bigint[]) and not exists (select from embedding e
         where e.space_id = $2 and e.passage_id = p.id and e.content_hash = p.content_hash)
       limit $3) lacking`,
    [repositoryIds, space?.id ?? null, COUNTED + 1],
  )
  return rows[0]?.count ?? 0
}
