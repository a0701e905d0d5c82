import { FatalError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Ingest } from './read-ingest.ts'

/**
 * Makes the generation of an ingest the one that holds: from the commit of this transaction on, search sees it
 * and nothing of the one before.
 *
 * @throws FatalError if another generation holds meanwhile.
 */
export async function publishGeneration(tx: Queryable, ingest: Ingest): Promise<void> {
  const { refId, oid, generation } = ingest
  const { rowCount } = await tx.query(
    `update code_ref r
     set generation = $2, oid = $3, indexed_at = clock_timestamp(), space_id = null,
       files = (select count(*) from code_file f
         where f.ref_id = r.id and f.skipped is null and f.since <= $2
           and (f.until is null or f.until > $2))
     where r.id = $1 and r.generation = $2 - 1`,
    [refId, generation, oid],
  )
  if (rowCount === 0) throw new FatalError('Another job has replaced this generation')
  await tx.query('update ingest set statistics = $2 where run_id = $1', [
    ingest.runId,
    JSON.stringify(await countGeneration(tx, refId, generation as number)),
  ])
}

/** The numbers of a generation that a job reports. */
interface GenerationCounts {
  /** Files with chunks, and those of them that this job divided. */
  files: number
  newFiles: number
  chunks: number
  newChunks: number
  /** Of what this job embedded. */
  tokens: number
  /** Files without chunks, by reason. */
  skipped: Record<string, number>
}

async function countGeneration(
  db: Queryable,
  refId: string,
  generation: number,
): Promise<GenerationCounts> {
  const { rows } = await db.query<GenerationCounts>(
    `with live as materialized (
       select id, skipped, since from code_file
       where ref_id = $1 and since <= $2 and (until is null or until > $2)
     ), counted as (
       select count(*)::int as chunks,
         (count(*) filter (where live.since = $2))::int as new_chunks,
         (coalesce(sum(c.tokens) filter (where live.since = $2), 0))::float8 as tokens
       from live join code_chunk c on c.file_id = live.id
     )
     select (select count(*)::int from live where skipped is null) as files,
       (select count(*)::int from live where skipped is null and since = $2) as new_files,
       counted.*, coalesce((select jsonb_object_agg(skipped, files) from (
         select skipped, count(*)::int as files from live where skipped is not null group by skipped)
         reason), '{}') as skipped
     from counted`,
    [refId, generation],
  )
  return rows[0] as GenerationCounts
}
