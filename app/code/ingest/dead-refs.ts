/** Code of branches that their repositories do not have any more. */
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, isOpenRun, notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'

export interface DeadRef {
  id: string
  installationId: string
  projectId: string
  /** For example, `core/engine: acme/engine (main)`. */
  name: string
}

/** Returns the branches of a repository, `owner/name`; null if that cannot be told now. */
export type BranchesOf = (
  installationId: string,
  fullName: string,
) => Promise<ReadonlySet<string> | null>

interface KnownRef extends DeadRef {
  fullName: string
  branch: string
}

/** Without an open job, which would say itself that its branch is gone. */
const IDLE = `not exists (select from ingest i join run o on o.id = i.run_id
  where i.ref_id = r.id and ${isOpenRun('o')})`

/**
 * Finds the refs whose branch is gone. A repository that cannot be read, or that has no branch at all, is no sign
 * of it.
 */
export async function findDeadRefs(db: Queryable, branchesOf: BranchesOf): Promise<DeadRef[]> {
  const { rows } = await db.query<KnownRef>(
    `select r.id, r.installation_id, p.id as project_id, r.full_name, r.branch,
       p.name || '/' || d.name || ': ' || r.full_name || ' (' || r.branch || ')' as name
     from code_ref r join dataset d on d.id = r.dataset_id join project p on p.id = d.project_id
       join installation n on n.id = r.installation_id
     where ${notForgotten('r')} and ${isActiveInstallation('n')} and ${IDLE}
     order by r.installation_id, r.full_name, r.id`,
  )
  const dead: DeadRef[] = []
  let branches: ReadonlySet<string> | null = null
  let asked = ''
  for (const { fullName, branch, ...ref } of rows) {
    const repository = `${ref.installationId}/${fullName}`
    if (asked !== repository) branches = await branchesOf(ref.installationId, fullName)
    asked = repository
    if (branches && branches.size > 0 && !branches.has(branch)) dead.push(ref)
  }
  return dead
}

/** Hides dead refs from everybody, until they are erased. */
export async function hideDeadRefs(pool: Pool, dead: DeadRef[], actor: Actor): Promise<void> {
  await transaction(pool, async (tx) => {
    // Whoever ingests into a project holds its row.
    await tx.query('select from project where id = any($1::bigint[]) order by id for update', [
      dead.map(({ projectId }) => projectId),
    ])
    const { rows } = await tx.query<{ id: string }>(
      `update code_ref r set hidden_at = clock_timestamp(), dataset_id = null
       where id = any($1::bigint[]) and ${notForgotten('r')} and ${IDLE} returning id`,
      [dead.map(({ id }) => id)],
    )
    const hidden = new Set(rows.map(({ id }) => id))
    for (const { id, installationId, name } of dead)
      if (hidden.has(id))
        await recordIn(tx, {
          ...{ actor, action: 'code.deleted', installationId, subject: name },
          details: { why: 'its branch is gone' },
        })
  })
}

/** Deletes datasets without code and projects without datasets. */
export async function deleteEmptyProjects(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select id from project p where not exists (select from dataset d where d.project_id = p.id)
         or exists (select from dataset d where d.project_id = p.id
           and not exists (select from code_ref r where r.dataset_id = d.id))
       order by id for update`,
    )
    const ids = rows.map(({ id }) => id)
    await tx.query(
      `delete from dataset d where project_id = any($1::bigint[])
         and not exists (select from code_ref r where r.dataset_id = d.id)`,
      [ids],
    )
    await tx.query(
      `delete from project p where id = any($1::bigint[])
         and not exists (select from dataset d where d.project_id = p.id)`,
      [ids],
    )
  })
}
