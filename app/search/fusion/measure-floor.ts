import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Database } from '#app/database/database.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isReadable } from '#app/database/predicates.ts'
import { openReader } from '#app/database/reader.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { findByVector } from '../vector/find-by-vector.ts'
import type { MakeQueryVector } from '../vector/query-vector.ts'

/** Questions about nothing, of one to eight words: whatever they find is found by chance. */
const MADE_UP = [
  'xyzzyplugh',
  'qwfpgj',
  'brintelvok',
  'zzkhorvath qplm',
  'mortiverse ungalith',
  'frobnazzle the quixwort',
  'vextrumian lodders and plint',
  'why does the gribbleflan oosk',
  'trantle wobbic murdeline ospry',
  'please snorfle every kwindle before blarching',
  'a hundred zilpering moots in the vargle',
  'how many ploonks can one drizzet fribulate today',
]

interface Measuring {
  database: Pick<Database, 'pool' | 'profile'>
  queryVector: MakeQueryVector
  space: Space
}

/**
 * Measures the highest similarity that a made-up question reaches among all vectors of a space. Nothing
 * below it was found for a reason.
 *
 * @returns null if the provider cannot be called now.
 */
export async function measureFloor({
  database,
  queryVector,
  space,
}: Measuring): Promise<number | null> {
  const repositoryIds = await readRepositoryIds(database.pool)
  let floor = -1
  for (const text of MADE_UP) {
    const { vector, space: of } = await queryVector(space, text)
    if (!vector || of.id !== space.id) return null
    const query = { space, vector, repositoryIds, limit: 1 }
    const [nearest] = await findByVector(openReader(database), query)
    if (nearest) floor = Math.max(floor, nearest.similarity)
  }
  return floor
}

async function readRepositoryIds(db: Queryable): Promise<ReadableRepositoryId[]> {
  const { rows } = await db.query<{ id: ReadableRepositoryId }>(
    `select r.id from repository r where ${isReadable('r')}`,
  )
  return rows.map(({ id }) => id)
}
