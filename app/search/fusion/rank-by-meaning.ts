import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Reader } from '#app/database/reader.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { MINIMIZED } from '../text/minimized.ts'
import { type RankedHit, SHOWN_PASSAGES } from '../text/ranked-hit.ts'
import { findByVector } from '../vector/find-by-vector.ts'
import { groupPassages } from './fuse.ts'

const PASSAGES = 200

export interface MeaningHit extends RankedHit {
  /** Similarity of its nearest passage. */
  similarity: number
}

export interface MeaningSearch {
  space: Space
  vector: Float32Array
  repositoryIds: ReadableRepositoryId[]
  conditions: Condition[]
}

/**
 * The vector arm: ranks hits by the similarity of their passages, best first.
 *
 * @throws SlowQueryError
 */
export async function rankByMeaning(
  reader: Reader,
  search: MeaningSearch,
): Promise<{ ranked: MeaningHit[]; isCut: boolean }> {
  const near = await findByVector(reader, { ...search, limit: PASSAGES })
  const hits = new Map<string, MeaningHit>()
  const minimized = await reader.run((db) => readMinimized(db, near))
  const least = Math.min(...near.map(({ similarity }) => similarity))
  const keyed = near.map(({ pullRequestId, repositoryId, passageId, ...place }) => {
    const isDemoted = minimized.has(passageId)
    const similarity = isDemoted ? (place.similarity + least) / 2 : place.similarity
    const key = pullRequestId ?? `repository ${repositoryId}`
    const hit = hits.get(key) ?? {
      ...{ key, pullRequestId, repositoryId, similarity },
      ...{ score: 0, passageIds: [] },
    }
    hits.set(key, hit)
    if (hit.passageIds.length < SHOWN_PASSAGES) hit.passageIds.push(passageId)
    return { key, similarity }
  })
  const ranked = groupPassages(keyed).map(({ key, score }) => ({
    ...(hits.get(key) as MeaningHit),
    score,
  }))
  return { ranked, isCut: near.length === PASSAGES }
}

/** Returns the ids of the passages that are minimized on GitHub. */
async function readMinimized(
  db: Queryable,
  passages: { passageId: string }[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select p.id from passage p where p.id = any($1::bigint[])
       and p.source_id = any(array(${MINIMIZED}))`,
    [passages.map(({ passageId }) => passageId)],
  )
  return new Set(rows.map(({ id }) => id))
}
