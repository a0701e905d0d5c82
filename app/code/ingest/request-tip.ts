/** Asks for the newest commit of a branch that is ingested, unless that is what search sees. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type Cut, isUpToDate } from '../generations/recipes.ts'
import type { RepositoryOfTenant } from './open-sources.ts'
import { queueRef } from './request-ingest.ts'
import type { RequestedIngest } from './requested-ingest.ts'

export interface TipServices {
  pool: Pool
  /** How files are cut into chunks: code that was cut otherwise counts as changed. */
  cut: Cut
  maxRetries: number
}

/** A branch of a dataset. */
export interface TrackedRef extends RepositoryOfTenant {
  id: string
  branch: string
}

const BY_ITSELF = { actor: 'schedule', trigger: 'schedule' } as const

/** Returns the branches of a repository in datasets that are indexed again after a push. */
export async function findPushedRefs(db: Queryable, repositoryId: string): Promise<TrackedRef[]> {
  const { rows } = await db.query<TrackedRef>(
    `select r.id, r.installation_id, r.full_name, r.branch
     from code_ref r join dataset d on d.id = r.dataset_id and d.on_push
     where r.repository_id = $1 and ${notForgotten('r')} order by r.id`,
    [repositoryId],
  )
  return rows
}

export interface HeldRef {
  refId: string
  installationId: string
  currentOid: string | null
  fullName: string
  branch: string
  project: string
  dataset: string
  scope: RequestedIngest['scope']
}

/**
 * Requests an ingest of the newest commit of a branch, or joins the job that is open for it.
 *
 * @param oid null if it is not known: the job finds it.
 * @returns the job; null if nothing has changed, or the branch was deleted from its dataset meanwhile.
 */
export async function requestTip(
  { pool, cut, maxRetries }: TipServices,
  { id }: Pick<TrackedRef, 'id'>,
  oid: string | null,
): Promise<string | null> {
  return transaction(pool, async (tx) => {
    const ref = await holdRef(tx, id)
    if (!ref || (oid !== null && (await isUpToDate(tx, { ...ref, cut }, oid)))) return null
    const { fullName, branch } = ref
    const found = { fullName, branch, wantedOid: null, oid }
    const { jobId } = await queueRef(tx, BY_ITSELF, { ...ref, found, maxRetries })
    return jobId
  })
}

/** Reads a branch and locks its project: whoever deletes something of it waits. */
export async function holdRef(tx: Queryable, id: string): Promise<HeldRef | null> {
  const { rows } = await tx.query<HeldRef>(
    `select r.id as ref_id, r.installation_id, r.oid as current_oid, r.full_name, r.branch,
       p.name as project, d.name as dataset, d.scope
     from code_ref r join dataset d on d.id = r.dataset_id join project p on p.id = d.project_id
     where r.id = $1 and ${notForgotten('r')} for update of p`,
    [id],
  )
  return rows[0] ?? null
}

/** Says why the branches of a repository could not be looked up. */
export function whyNot(error: unknown): string {
  const { name, message, hint } = error as Error & { hint?: string }
  if (name === 'TimeoutError') return 'GitHub did not answer within a minute.'
  return hint ? `${message}. ${hint}` : message
}
