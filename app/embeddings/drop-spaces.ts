import type { Pool, Queryable, Result } from '#app/database/pool.server.ts'
import { dropIndex } from './index-space.ts'

const KEY = 'embedding_drop'
const ROWS = 1_000

/** Marks all other spaces as obsolete, once this one is filled and active. */
export async function listOthers(tx: Queryable, spaceId: string): Promise<void> {
  await tx.query(
    `insert into setting (key, value)
     select $1, coalesce(jsonb_agg(id::text), '[]') from embedding_space where id <> $2
     on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [KEY, spaceId],
  )
}

/**
 * Deletes in batches the spaces that the last switch made obsolete. Other inactive spaces are kept: a
 * process with a newer configuration might just have created one.
 *
 * @param spaceId the active space, which is kept.
 */
export async function dropSpaces(pool: Pool, spaceId: string, signal: AbortSignal): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select s.id from setting join embedding_space s on setting.value @> to_jsonb(s.id::text)
     where setting.key = $1 and s.id <> $2`,
    [KEY, spaceId],
  )
  for (const { id } of rows) {
    await dropIndex(pool, id)
    await inBatches(signal, () =>
      pool.query(
        `delete from embedding where space_id = $1 and passage_id in (
           select passage_id from embedding where space_id = $1 limit $2)`,
        [id, ROWS],
      ),
    )
    await inBatches(signal, () =>
      pool.query(
        `delete from code_embedding where space_id = $1 and chunk_id in (
           select chunk_id from code_embedding where space_id = $1 limit $2)`,
        [id, ROWS],
      ),
    )
    if (signal.aborted) return
    await pool.query('delete from embedding_space where id = $1', [id])
  }
}

async function inBatches(signal: AbortSignal, work: () => Promise<Result<object>>): Promise<void> {
  let deleted = ROWS
  while (deleted === ROWS && !signal.aborted) deleted = (await work()).rowCount
}
