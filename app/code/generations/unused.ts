/** Files and chunks that no search sees and no job goes on with. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isOpenRun, notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { discardBatch, inBatches } from './note-files.ts'

/**
 * On `code_ref`: no job goes on with what its jobs have left unfinished. One that failed does, if it is retried,
 * unless a later one has started.
 */
function isAbandoned(ref: string): string {
  return `not exists (
    select from ingest i join run o on o.id = i.run_id where i.ref_id = ${ref}.id
      and (${isOpenRun('o')} or o.state = 'failed' and not exists (
        select from ingest later join run n on n.id = later.run_id
        where later.ref_id = ${ref}.id and n.id > o.id and n.started_at is not null)))`
}

/** Takes back, in batches, what jobs have written that were cancelled, or deleted after they had failed. */
export async function discardAbandoned(pool: Pool, signal: AbortSignal): Promise<void> {
  const { rows } = await pool.query<{ id: string; installationId: string }>(
    `select r.id, r.installation_id from code_ref r
     where ${notForgotten('r')} and ${isAbandoned('r')} and (
       exists (select from code_file f where f.ref_id = r.id and f.since > r.generation)
       or exists (select from code_file f where f.ref_id = r.id and f.until > r.generation))`,
  )
  for (const ref of rows)
    await inBatches(signal, () => transaction(pool, (tx) => discardOfRef(tx, ref)))
}

async function discardOfRef(
  tx: Queryable,
  { id, installationId }: { id: string; installationId: string },
): Promise<{ rowCount: number }> {
  // Whoever starts or retries a job holds this row too.
  await tx.query('select from installation where id = $1 for no key update', [installationId])
  const { rows } = await tx.query<{ generation: number }>(
    `select generation from code_ref r where id = $1 and ${isAbandoned('r')}`,
    [id],
  )
  return rows[0] ? discardBatch(tx, id, rows[0].generation) : { rowCount: 0 }
}

export interface UnusedCode {
  files: number
  chunks: number
}

/** Counts the files and chunks that may be deleted. @param refIds refs of which all may be. */
export async function countUnused(db: Queryable, refIds: string[]): Promise<UnusedCode> {
  const { rows } = await db.query<UnusedCode>(
    `with unused as materialized (
       select f.id from code_ref r join code_file f on f.ref_id = r.id
       where not (${notForgotten('r')}) or r.id = any($1::bigint[]) or f.until <= r.generation
         or f.since > r.generation and ${isAbandoned('r')})
     select (select count(*)::int from unused) as files,
       (select count(*)::int from unused u join code_chunk c on c.file_id = u.id) as chunks`,
    [refIds],
  )
  return rows[0] ?? { files: 0, chunks: 0 }
}
