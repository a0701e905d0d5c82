/**
 * Counts the passages that contain a word, per repository, so that a rare word weighs more than a common
 * one. A scope sums the repositories in it, so its statistics reveal nothing about other repositories.
 *
 * Counting reads all passages of a repository in batches, writes rows of a new generation, and activates
 * that generation in one statement. It does not conflict with the transform's transactions, can be
 * interrupted, and lags behind: a word that is not counted yet is treated as rare, and is still found.
 */

import type { Profile } from '#app/config/env.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'

/** Passages of one statement, and their words: counting rare ones takes 15 times as long as usual ones. */
interface Batch {
  passages: number
  words: number
}

// On the embedded profile, statements run one at a time.
const BATCH: Record<Profile['kind'], Batch> = {
  embedded: { passages: 500, words: 10_000 },
  external: { passages: 20_000, words: 10_000_000 },
}
const DUE_REPOSITORIES = 100

interface Counting {
  repositoryId: string
  generation: string
  /** Id of the last change that existed before the count began. */
  seen: string
}

/** Recounts the repositories that have changed enough; called periodically. */
export async function countWords(
  pool: Pool,
  profile: Profile['kind'],
  signal: AbortSignal,
): Promise<void> {
  for (const due of await findDue(pool)) {
    if (signal.aborted) return
    const counting = await claimRepository(pool, due)
    if (counting) await countRepository(pool, counting, { batch: BATCH[profile], signal })
  }
}

interface Due {
  repositoryId: string
  /** A string, because a Date has no microseconds. */
  countedAt: string | null
  seen: string
}

/**
 * Returns the repositories that changed by 2% or have a change older than an hour. The larger a repository,
 * the longer the minimum time between counts, up to a minute.
 */
async function findDue(db: Queryable): Promise<Due[]> {
  const { rows } = await db.query<Due>(
    `select c.repository_id, w.counted_at::text as counted_at, max(c.id) as seen
     from passage_change c left join repository_words w using (repository_id)
     group by c.repository_id, w.repository_id
     having w.repository_id is null
       or w.counted_at < clock_timestamp() - least(60, w.passages / 200) * interval '1 second'
         and (sum(c.passages) * 50 >= w.passages
           or min(c.changed_at) < clock_timestamp() - interval '1 hour')
     order by c.repository_id limit $1`,
    [DUE_REPOSITORIES],
  )
  return rows
}

/** @returns null if another process has started. */
async function claimRepository(
  db: Queryable,
  { repositoryId, countedAt, seen }: Due,
): Promise<Counting | null> {
  const { rows } = await db.query<{ generation: string }>(
    `insert into repository_words as w
       (repository_id, generation, passages, length, title_length, pull_requests)
     select id, 0, 0, 0, 0, 0 from repository where id = $1
     on conflict (repository_id) do update set counted_at = clock_timestamp()
       where w.counted_at is not distinct from $2::timestamptz
     returning (extract(epoch from clock_timestamp()) * 1000000)::bigint as generation`,
    [repositoryId, countedAt],
  )
  const generation = rows[0]?.generation
  return generation === undefined ? null : { repositoryId, generation, seen }
}

async function countRepository(
  pool: Pool,
  counting: Counting,
  { batch, signal }: { batch: Batch; signal: AbortSignal },
): Promise<void> {
  const totals = { passages: 0, length: 0, titleLength: 0 }
  for (let after: string | null = '0'; after !== null; ) {
    if (signal.aborted) return
    const from: string = after
    const counted = await transaction(pool, (tx) => countBatch(tx, counting, from, batch))
    totals.passages += counted.passages
    totals.length += counted.length
    totals.titleLength += counted.titleLength
    after = counted.last
  }
  await transaction(pool, (tx) => finishCount(tx, counting, totals))
  await deleteOlder(pool, counting, { batch, signal })
}

/** Deletes earlier generations in batches. What an interruption leaves goes after the next count. */
async function deleteOlder(
  pool: Pool,
  { repositoryId, generation }: Counting,
  { batch, signal }: { batch: Batch; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const { rowCount } = await pool.query(
      `delete from lexeme_stats where (lexeme, repository_id, generation) in (
         select lexeme, repository_id, generation from lexeme_stats
         where repository_id = $1 and generation < $2 limit $3)`,
      [repositoryId, generation, batch.passages],
    )
    if (rowCount < batch.passages) return
  }
}

interface WordTotals {
  passages: number
  /** Words; lexemes for titles. */
  length: number
  titleLength: number
}

interface CountedWords extends WordTotals {
  /** Id of the last passage; null if there was none. */
  last: string | null
}

async function countBatch(
  db: Queryable,
  { repositoryId, generation }: Counting,
  after: string,
  batch: Batch,
): Promise<CountedWords> {
  const { rows } = await db.query<CountedWords>(
    `with batch as materialized (
       select id, kind, words, length from (
         select id, kind, words, length,
           coalesce(sum(length) over (order by id rows between unbounded preceding and 1 preceding), 0) as before
         from (select id, kind, words, length from passage
           where repository_id = $1 and id > $2 order by id limit $3) next) numbered
       where before < $5
     ), counted as (
       insert into lexeme_stats as s (lexeme, repository_id, generation, passages)
       select lexeme, $1, $4, count(*)
       from batch cross join unnest(tsvector_to_array(words)) lexeme group by lexeme order by lexeme
       on conflict (lexeme, repository_id, generation)
         do update set passages = s.passages + excluded.passages
     )
     select max(id) as last, count(*)::int as passages, coalesce(sum(length), 0)::int as length,
       coalesce(sum(length(ts_filter(words, '{a}'))) filter (where kind = 'description'), 0)::int
         as title_length
     from batch`,
    [repositoryId, after, batch.passages, generation, batch.words],
  )
  return rows[0] as CountedWords
}

/** Activates the count. If two counts overlap, the one that started later wins. */
async function finishCount(
  tx: Queryable,
  { repositoryId, generation, seen }: Counting,
  { passages, length, titleLength }: WordTotals,
): Promise<void> {
  const { rowCount } = await tx.query(
    `update repository_words set generation = $2, passages = $3, length = $4, title_length = $5,
       pull_requests = (select count(*) from pull_request p
         where p.repository_id = $1 and ${notDeleted('p')}),
       counted_at = clock_timestamp()
     where repository_id = $1 and generation < $2`,
    [repositoryId, generation, passages, length, titleLength],
  )
  if (rowCount === 0) return
  await tx.query('delete from passage_change where repository_id = $1 and id <= $2', [
    repositoryId,
    seen,
  ])
}
