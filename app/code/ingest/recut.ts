/** Divides code again after the sizes of chunks were changed, or the version of the code that divides. */
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, isCurrentFile, notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { beginningOf, type Cut, isUpToDate } from '../generations/recipes.ts'
import { availability } from '../git/clones.ts'
import { queueRef } from './request-ingest.ts'
import { holdRef, type TipServices } from './request-tip.ts'

const BY = { actor: 'division', trigger: 'schedule' } as const

/**
 * Returns a task that requests a job for each branch that is divided otherwise than it would be now. It does so once
 * in each process, since workers with different settings would otherwise undo each other's work for ever.
 */
export function openRecut(services: TipServices & { logger: Logger }): () => Promise<void> {
  let isDone = false
  return async () => {
    if (isDone || !(await availability()).available) return
    const jobs: string[] = []
    for (const id of await findCutOtherwise(services.pool, services.cut)) {
      const job = await requestAgain(services, id)
      if (job) jobs.push(job)
    }
    if (jobs.length > 0)
      services.logger.info({ ...services.cut, jobs }, 'code is divided again, into other chunks')
    isDone = true
  }
}

async function findCutOtherwise(db: Queryable, cut: Cut): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select r.id from code_ref r join installation i on i.id = r.installation_id
     where r.generation > 0 and ${notForgotten('r')} and ${isActiveInstallation('i')}
       and exists (select from code_file f where f.ref_id = r.id and ${isCurrentFile('f', 'r')}
         and not starts_with(f.recipe, $1))
     order by r.id`,
    [beginningOf(cut)],
  )
  return rows.map(({ id }) => id)
}

/** Repeats the last request for a branch: for its newest commit, or for the one that was named. */
async function requestAgain(
  { pool, cut, maxRetries }: TipServices,
  refId: string,
): Promise<string | null> {
  return transaction(pool, async (tx) => {
    const ref = await holdRef(tx, refId)
    if (!ref?.currentOid || (await isUpToDate(tx, { ...ref, cut }, ref.currentOid))) return null
    const { rows } = await tx.query<{ wantedOid: string | null }>(
      'select wanted_oid from ingest where ref_id = $1 order by run_id desc limit 1',
      [refId],
    )
    // The commit that search sees, if its job was cleaned up.
    const wantedOid = rows[0] ? rows[0].wantedOid : ref.currentOid
    const { fullName, branch } = ref
    const found = { fullName, branch, wantedOid, oid: wantedOid }
    return (await queueRef(tx, BY, { ...ref, found, maxRetries })).jobId
  })
}
