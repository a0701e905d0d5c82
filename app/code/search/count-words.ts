import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'

/** Chunks of one statement. */
const BATCH = 500
const ROWS = 5_000
/** A count holds until this share of the chunks has changed. */
const CHANGED = 0.02

interface Counted {
  refId: string
  /** The generation that is about to hold. */
  generation: number
}

/**
 * Counts the chunks of a generation that contain a word, so that a rare word weighs more than a common one. The
 * count of an earlier generation is kept if hardly anything has changed since: a word that is not counted yet
 * counts as rare, and is still found. In batches, each of which is a transaction.
 *
 * @throws the signal's reason.
 */
export async function countCodeWords(
  pool: Pool,
  counted: Counted,
  signal: AbortSignal,
): Promise<void> {
  if (await isCountedWellEnough(pool, counted)) return
  const { refId, generation } = counted
  await pool.query('delete from code_lexeme where ref_id = $1 and generation = $2', [
    refId,
    generation,
  ])
  const totals = { chunks: 0, length: 0 }
  for (let after: string | null = '0'; after !== null; ) {
    signal.throwIfAborted()
    const from: string = after
    const batch = await transaction(pool, (tx) => countBatch(tx, counted, from))
    totals.chunks += batch.chunks
    totals.length += batch.length
    after = batch.last
  }
  await pool.query('update code_ref set counted = $2, chunks = $3, length = $4 where id = $1', [
    refId,
    generation,
    totals.chunks,
    totals.length,
  ])
  await deleteOlder(pool, counted, signal)
}

async function isCountedWellEnough(
  db: Queryable,
  { refId, generation }: Counted,
): Promise<boolean> {
  const { rows } = await db.query<{ isEnough: boolean }>(
    `select r.counted > 0 and (
       select count(*) from code_file f join code_chunk c on c.file_id = f.id
       where f.ref_id = r.id and (f.since > r.counted and (f.until is null or f.until > $2)
         or f.until > r.counted and f.until <= $2)) < $3::float8 * r.chunks as is_enough
     from code_ref r where r.id = $1`,
    [refId, generation, CHANGED],
  )
  return rows[0]?.isEnough ?? false
}

interface CountedBatch {
  chunks: number
  /** Words. */
  length: number
  /** Id of the last chunk; null if there was none. */
  last: string | null
}

async function countBatch(
  tx: Queryable,
  { refId, generation }: Counted,
  after: string,
): Promise<CountedBatch> {
  const { rows } = await tx.query<CountedBatch>(
    `with next as materialized (
       select c.id, c.words, c.length, f.until is null or f.until > $3 as is_live
       from code_chunk c join code_file f on f.id = c.file_id
       where c.ref_id = $1 and c.id > $2 order by c.id limit $4
     ), counted as (
       insert into code_lexeme as l (lexeme, ref_id, generation, chunks)
       select lexeme, $1, $3, count(*)::int
       from next cross join unnest(tsvector_to_array(words)) lexeme where next.is_live
       group by lexeme order by lexeme
       on conflict (lexeme, ref_id, generation) do update set chunks = l.chunks + excluded.chunks
     )
     select (count(*) filter (where is_live))::int as chunks,
       (coalesce(sum(length) filter (where is_live), 0))::float8 as length, max(id) as last
     from next`,
    [refId, after, generation, BATCH],
  )
  return rows[0] as CountedBatch
}

async function deleteOlder(
  pool: Pool,
  { refId, generation }: Counted,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from code_lexeme where (lexeme, ref_id, generation) in (
         select lexeme, ref_id, generation from code_lexeme
         where ref_id = $1 and generation <> $2 limit $3)`,
      [refId, generation, ROWS],
    )
    if (rowCount < ROWS) return
  }
}
