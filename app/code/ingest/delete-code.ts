/** Deletes ingested code because a person or a program asked for it. */
import { z } from 'zod'
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, operated } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { eraseForgotten } from '../generations/forget.ts'

/** Schema of what to delete: a dataset, or a repository in all datasets of the project. */
export const deletedCode = z
  .strictObject({ dataset: z.string().optional(), repo: z.string().optional() })
  .refine(({ dataset, repo }) => (dataset === undefined) !== (repo === undefined), {
    error: 'must have either dataset or repo',
  })
export type DeletedCode = z.infer<typeof deletedCode>

export interface DeletionServices {
  pool: Pool
  nameOf: (repo: string) => Promise<string>
}

export interface DeletionRequest {
  project: string
  wanted: DeletedCode
  scope: ChangeScope
  actor: Actor
  /** Stops the deletion between two batches; the workers do the rest. */
  signal: AbortSignal
}

export interface Deletion {
  project: string
  /** Null if several were concerned. */
  dataset: string | null
  repository: string | null
  chunks: number
  /** False if the workers delete the rest. */
  complete: boolean
}

/**
 * Hides code from everybody at once, cancels its jobs, and erases it.
 *
 * @throws RefusedError if there is none.
 */
export async function deleteCode(
  { pool, nameOf }: DeletionServices,
  { scope, actor, signal, project, wanted }: DeletionRequest,
): Promise<Deletion> {
  const repository = wanted.repo === undefined ? null : await nameOf(wanted.repo)
  const hidden = await transaction(pool, async (tx) => {
    const refs = await hideRefs(tx, scope, { project, dataset: wanted.dataset ?? null, repository })
    await recordIn(tx, {
      ...{ actor, action: 'code.deleted', installationId: refs[0].installationId },
      ...{ subject: project, details: { refs: refs.map(({ name }) => name) } },
    })
    return refs
  })
  const ids = hidden.map(({ id }) => id)
  for (const runId of hidden.flatMap(({ runs }) => runs)) await cancelIfOpen(pool, runId, actor)
  const planned = hidden.reduce((sum, { chunks }) => sum + chunks, 0)
  const erased = await eraseForgotten(pool, ids, signal).catch((error: unknown) => {
    if (signal.aborted) return null
    throw error
  })
  return {
    project,
    dataset: only(hidden.map(({ dataset }) => dataset)),
    repository: only(hidden.map(({ fullName }) => fullName)),
    chunks: erased ?? planned,
    complete: erased !== null,
  }
}

interface HiddenRef {
  id: string
  installationId: string
  dataset: string
  fullName: string
  name: string
  chunks: number
  /** Open jobs. */
  runs: string[]
}

async function hideRefs(
  tx: Queryable,
  scope: ChangeScope,
  {
    project,
    dataset,
    repository,
  }: { project: string; dataset: string | null; repository: string | null },
): Promise<[HiddenRef, ...HiddenRef[]]> {
  const { values, bind } = parametersOf([project, dataset, repository])
  await tx.query('select from project where name = $1 for update', [project])
  const { rows } = await tx.query<HiddenRef>(
    `with chosen as materialized (
       select r.id, d.id as dataset_id, d.name as dataset
       from project p join dataset d on d.project_id = p.id join code_ref r on r.dataset_id = d.id
       where p.name = $1 and ${operated(scope, 'p.installation_id')(bind)}
         and ($2::text is null or d.name = $2)
         and ($3::text is null or lower(r.full_name) = lower($3))
     )
     update code_ref r set hidden_at = clock_timestamp(), dataset_id = null from chosen
     where r.id = chosen.id
     returning r.id, r.installation_id, chosen.dataset, r.full_name,
       chosen.dataset || ': ' || r.full_name || ' (' || r.branch || ')' as name, r.chunks,
       array(select o.id::text from ingest i join run o on o.id = i.run_id and ${isOpenRun('o')}
         where i.ref_id = r.id) as runs`,
    values,
  )
  const [first, ...others] = rows
  if (!first)
    throw new RefusedError(
      'unknown',
      repository
        ? `The project ${project} has no code of ${repository}`
        : `The project ${project} has no dataset ${dataset}`,
      `GET /api/v1/projects/${project}/ingest/history lists what was ingested.`,
    )
  await tx.query(
    `delete from dataset d using project p where p.id = d.project_id and p.name = $1
       and not exists (select from code_ref r where r.dataset_id = d.id)`,
    [project],
  )
  await tx.query(
    `delete from project p where name = $1 and not exists (select from dataset d where d.project_id = p.id)`,
    [project],
  )
  return [first, ...others]
}

/** Cancels a job, which may have ended meanwhile. */
export async function cancelIfOpen(pool: Pool, runId: string, actor: Actor): Promise<void> {
  const { rows } = await pool.query(`select from run where id = $1 and ${isOpenRun('run')}`, [
    runId,
  ])
  if (rows.length > 0) await cancelRun(pool, runId, actor)
}

function only(names: string[]): string | null {
  const [first = null] = names
  return names.every((name) => name === first) ? first : null
}
