import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { holdProgress, releaseProgress } from '#app/database/held-progress.server.ts'
import type { Condition } from '#app/database/parameters.ts'
import { openReader, SlowQueryError } from '#app/database/reader.server.ts'
import { activeSpace, type Space } from '#app/embeddings/spaces.ts'
import type { LexicalArm } from '../text/rank-by-words.ts'
import { findByVector } from '../vector/find-by-vector.ts'
import type { MakeQueryVector } from '../vector/query-vector.ts'
import {
  chooseWeight,
  type Length,
  lengthOf,
  reciprocalRanks,
  type WeightChoice,
} from './choose-weight.ts'
import { type FusionWeight, groupPassages } from './fuse.ts'
import { type KnownItemQuestion, readKnownItem, sampleKnownItems } from './known-items.ts'
import { measureFloor } from './measure-floor.ts'

interface Calibration {
  database: Pick<Database, 'pool' | 'profile'>
  lexical: LexicalArm
  queryVector: MakeQueryVector
  /** True if query texts leave the own network. */
  outside: boolean
  logger: Logger
  /** Number of pull requests in the sample. */
  sample?: number
}

/** The value of `embedding_space.fusion`. `vectors` is the number of vectors at the time of measurement. */
interface Fusion extends Record<Length, WeightChoice> {
  floor: number
  at: string
  vectors: number
}

interface CalibrationProgress {
  left: string[]
  ranks: Record<Length, number[][]>
  vectors: number
}

const SAMPLE = 200
/** Questions per turn: on the embedded profile, other statements wait. */
const PER_TURN = { embedded: 2, external: 20 }
const PULL_REQUESTS = 100
const PASSAGES = 200
const GROWTH = 1.5
const POLL_MS = 600_000
const PREFIX = 'fusion_questions.'

/**
 * Returns the weight of a space's vectors relative to words for this query text; 0 until it has been
 * measured, and always 0 for the built-in provider, which knows nothing but words.
 */
export function weightIn(space: Space, text: string): FusionWeight {
  return space.provider === 'hash' ? 0 : (space.fusion?.[lengthOf(text)].weight ?? 0)
}

/**
 * Returns the similarity above which a vector alone finds a passage. Until it has been measured, and with
 * the built-in provider, vectors only order what the words find.
 */
export function floorOf(space: Space): number {
  const floor = space.provider === 'hash' ? null : space.fusion?.floor
  return floor ?? Number.POSITIVE_INFINITY
}

/**
 * Measures the best weights of words and vectors in the active space, once it is filled and again each time
 * it has grown by half. It searches for pull requests by their titles and descriptions in the rest of their
 * text, a few on each call. One process at a time continues where the last one stopped.
 *
 * @returns the function to call periodically.
 */
export function openCalibration(calibration: Calibration): (signal: AbortSignal) => Promise<void> {
  const { pool } = calibration.database
  let looked: { spaceId: string; until: number } | null = null
  return async (signal) => {
    const space = await activeSpace(pool)
    if (!space?.filledAt || space.provider === 'hash' || signal.aborted) return
    if (looked?.spaceId === space.id && looked.until > performance.now()) return
    if (await beginCalibration(calibration, space)) await takeTurn(calibration, space, signal)
    else looked = { spaceId: space.id, until: performance.now() + POLL_MS }
  }
}

/** @returns true if there is something to measure, in this process or another. */
async function beginCalibration(
  { database, outside, sample = SAMPLE }: Calibration,
  space: Space,
): Promise<boolean> {
  const { pool } = database
  const { rows } = await pool.query<{ begun: boolean; measured: number | null; vectors: number }>(
    `select exists (select from setting where key = $2) as begun,
       case when fusion ? 'floor' then (fusion -> 'vectors')::int end as measured,
       (select count(*)::int from embedding where space_id = $1) as vectors
     from embedding_space where id = $1`,
    [space.id, PREFIX + space.id],
  )
  const [found] = rows
  if (!found || found.begun) return found?.begun ?? false
  if (found.vectors === 0) return false
  if (found.measured !== null && found.vectors < GROWTH * found.measured) return false
  const left = await sampleKnownItems(pool, sample, outside)
  await pool.query('insert into setting (key, value) values ($1, $2) on conflict do nothing', [
    PREFIX + space.id,
    JSON.stringify({
      left,
      ranks: { short: [], long: [] },
      vectors: found.vectors,
    } satisfies CalibrationProgress),
  ])
  return true
}

async function takeTurn(
  calibration: Calibration,
  space: Space,
  signal: AbortSignal,
): Promise<void> {
  const { pool, profile } = calibration.database
  const held = await holdProgress<CalibrationProgress>(pool, PREFIX + space.id)
  if (!held) return
  const { left, ranks, vectors } = held.value
  const progress = { left, ranks, vectors }
  const ids = progress.left.slice(0, PER_TURN[profile])
  for (const id of ids) {
    if (signal.aborted) break
    const answers = await askAll(calibration, space, id)
    if (answers === 'later') break
    progress.left.shift()
    for (const { length, ranks } of answers) progress.ranks[length].push(ranks)
  }
  if (progress.left.length > 0) return releaseProgress(pool, held, progress)
  if (!(await settleCalibration(calibration, space, progress)))
    await releaseProgress(pool, held, progress)
}

interface CalibrationAnswer {
  length: Length
  ranks: number[]
}

/** @returns `later` if the provider cannot be called now. */
async function askAll(
  calibration: Calibration,
  space: Space,
  pullRequestId: string,
): Promise<CalibrationAnswer[] | 'later'> {
  const { database, queryVector, outside, logger } = calibration
  const item = await readKnownItem(database.pool, pullRequestId, outside)
  const answers: CalibrationAnswer[] = []
  for (const question of item?.questions ?? []) {
    const active = await activeSpace(database.pool)
    const { vector, space: of } = await queryVector(active, question.text)
    if (!vector || of.id !== space.id) return 'later'
    const queried = { ...question, vector, space, repositoryIds: item?.repositoryIds ?? [] }
    try {
      const ranks = await askBothArms(calibration, queried, pullRequestId)
      answers.push({ length: question.length, ranks })
    } catch (error) {
      if (!(error instanceof SlowQueryError)) throw error
      logger.warn({ err: error }, 'a question of the fusion calibration was skipped')
    }
  }
  return answers
}

async function askBothArms(
  { database, lexical }: Calibration,
  queried: KnownItemQuestion & {
    vector: Float32Array
    space: Space
    repositoryIds: ReadableRepositoryId[]
  },
  pullRequestId: string,
): Promise<number[]> {
  const { text, telling, repositoryIds } = queried
  const withoutTelling: Condition = (bind) => `p.id <> all(${bind(telling)}::bigint[])`
  const [words, near] = await Promise.all([
    lexical({ text, repositoryIds, conditions: [withoutTelling], limit: PULL_REQUESTS }),
    // Filtering them out afterwards is exact here, and lets the index be walked as in a real search.
    findByVector(openReader(database), { ...queried, limit: PASSAGES + telling.length }),
  ])
  const passages = near
    .filter(({ passageId }) => !telling.includes(passageId))
    .slice(0, PASSAGES)
    .flatMap(({ pullRequestId: key, similarity }) => (key ? [{ key, similarity }] : []))
  return reciprocalRanks(words, groupPassages(passages), pullRequestId)
}

/** @returns false if the provider cannot be called now. */
async function settleCalibration(
  { database, queryVector, logger }: Calibration,
  space: Space,
  { ranks, vectors }: CalibrationProgress,
): Promise<boolean> {
  const { pool } = database
  const floor = await measureFloor({ database, queryVector, space })
  if (floor === null) return false
  const fusion: Fusion = {
    short: chooseWeight(ranks.short),
    long: chooseWeight(ranks.long),
    floor,
    at: new Date().toISOString(),
    vectors,
  }
  await pool.query('update embedding_space set fusion = $2 where id = $1', [
    space.id,
    JSON.stringify(fusion),
  ])
  await pool.query('delete from setting where key = $1', [PREFIX + space.id])
  logger.info({ space: space.id, ...fusion }, 'the weight of vectors was calibrated')
  return true
}
