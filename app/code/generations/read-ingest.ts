import { FatalError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun, notForgotten } from '#app/database/predicates.ts'

/** An ingest in progress, with the ref that it is for. */
export interface Ingest {
  runId: string
  refId: string
  /** The tenant whose credentials read the repository. */
  installationId: string
  /** Null outside every installation. */
  repositoryId: string | null
  /** `owner/name`. */
  fullName: string
  branch: string
  /** The commit asked for; null for the newest of the branch. */
  wantedOid: string | null
  /** The commit found, and the generation built of it; null until then. */
  oid: string | null
  generation: number | null
  /** The generation that holds; 0 if there is none yet, and the commit of it. */
  current: number
  currentOid: string | null
}

/** @throws FatalError if the code is being erased. */
export async function readIngest(db: Queryable, runId: string): Promise<Ingest> {
  const { rows } = await db.query<Ingest>(
    `select i.run_id, r.id as ref_id, r.installation_id, r.repository_id, r.full_name, r.branch, i.wanted_oid, i.oid,
       i.generation, r.generation as current, r.oid as current_oid
     from ingest i join code_ref r on r.id = i.ref_id and ${notForgotten('r')} where i.run_id = $1`,
    [runId],
  )
  if (!rows[0]) throw new FatalError('The code of this job was deleted')
  return rows[0]
}

/** Tells if a later job of the same ref waits for the end of this one. */
export async function isAwaited(db: Queryable, runId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from ingest mine join ingest other using (ref_id)
       join run o on o.id = other.run_id and o.id > mine.run_id and ${isOpenRun('o')}
     where mine.run_id = $1 limit 1`,
    [runId],
  )
  return rowCount > 0
}

/** Notes which commit becomes which generation. */
export async function noteCommit(
  tx: Queryable,
  { runId, current }: Ingest,
  oid: string,
): Promise<void> {
  await tx.query('update ingest set oid = $2, generation = $3, cloned = 1 where run_id = $1', [
    runId,
    oid,
    current + 1,
  ])
}

/**
 * Gives a ref and its job another name of the repository.
 *
 * @returns false if the dataset has the branch under that name already.
 */
export async function renameIngest(
  db: Queryable,
  { runId, refId, branch }: Ingest,
  fullName: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with renamed as (
       update code_ref r set full_name = $4
       where id = $2 and not exists (select from code_ref o where o.dataset_id = r.dataset_id
         and lower(o.full_name) = lower($4) and o.branch = $3)
       returning id)
     update ingest i set full_name = $4 from renamed where i.run_id = $1`,
    [runId, refId, branch, fullName],
  )
  return rowCount > 0
}
