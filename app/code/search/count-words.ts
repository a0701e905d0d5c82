import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'

/** Chunks of one statement. */
const BATCH = 500
const ROWS = 5_000
/** Changed chunks that are counted in the transaction in which the generation begins to hold. */
const MOST_CHANGED = 2_000

interface Counted {
  refId: string
  /** The generation that is about to hold. */
  generation: number
}

/**
 * Counts the chunks of a generation that contain a word, so that a rare word weighs more than a common one. If
 * little has changed, only that is counted; otherwise everything, in batches, each of which is a transaction.
 *
 * @returns what makes the new count hold, in the transaction in which the generation begins to.
 * @throws the signal's reason.
 */
export async function countCodeWords(
  pool: Pool,
  counted: Counted,
  signal: AbortSignal,
): Promise<(tx: Queryable) => Promise<void>> {
  if (await hasChangedLittle(pool, counted)) return (tx) => countChanged(tx, counted)
  const { refId, generation } = counted
  // A count that never held may have the same number.
  await deleteOthers(pool, refId, signal)
  const totals = { chunks: 0, length: 0 }
  for (let after: string | null = '0'; after !== null; ) {
    signal.throwIfAborted()
    const from: string = after
    const batch = await transaction(pool, (tx) => countBatch(tx, counted, from))
    totals.chunks += batch.chunks
    totals.length += batch.length
    after = batch.last
  }
  return async (tx) => {
    await tx.query('update code_ref set counted = $2, chunks = $3, length = $4 where id = $1', [
      refId,
      generation,
      totals.chunks,
      totals.length,
    ])
  }
}

async function hasChangedLittle(db: Queryable, { refId, generation }: Counted): Promise<boolean> {
  const { rows } = await db.query<{ isLittle: boolean }>(
    `select r.counted > 0 and (
       select count(*) from (
         select from code_file f join code_chunk c on c.file_id = f.id
         where f.ref_id = r.id and (f.since = $2 or f.until = $2) limit $3 + 1) changed
       ) <= $3::int as is_little
     from code_ref r where r.id = $1`,
    [refId, generation, MOST_CHANGED],
  )
  return rows[0]?.isLittle ?? false
}

/** Adds the chunks that begin with a generation, and takes away those that end with it. */
async function countChanged(tx: Queryable, { refId, generation }: Counted): Promise<void> {
  await tx.query(
    `with changed as materialized (
       select c.words, c.length, case when f.since = $2 then 1 else -1 end as sign
       from code_file f join code_chunk c on c.file_id = f.id
       where f.ref_id = $1 and (f.since = $2 or f.until = $2) and f.until is distinct from f.since
     ), counted as (
       update code_ref r
       set chunks = r.chunks + (select coalesce(sum(sign), 0) from changed),
         length = r.length + (select coalesce(sum(sign * changed.length), 0) from changed)
       where r.id = $1 returning r.counted
     )
     insert into code_lexeme as l (lexeme, ref_id, generation, chunks)
     select lexeme, $1, counted, sum(sign)::int
     from counted cross join changed cross join unnest(tsvector_to_array(words)) lexeme
     group by lexeme, counted having sum(sign) <> 0 order by lexeme
     on conflict (lexeme, ref_id, generation) do update set chunks = l.chunks + excluded.chunks`,
    [refId, generation],
  )
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
       select c.id, c.words, c.length,
         f.since <= $3 and (f.until is null or f.until > $3) as is_live
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

/** Deletes the counts of a ref that do not hold. */
async function deleteOthers(pool: Pool, refId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from code_lexeme where (lexeme, ref_id, generation) in (
         select l.lexeme, l.ref_id, l.generation from code_ref r
           join code_lexeme l on l.ref_id = r.id and l.generation <> r.counted
         where r.id = $1 limit $2)`,
      [refId, ROWS],
    )
    if (rowCount < ROWS) return
  }
}
