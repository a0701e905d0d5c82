/**
 * Erases what left GitHub long enough ago: repositories that were removed, and installations that were
 * uninstalled or suspended. What comes back before that keeps everything.
 */
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, isOpenRun, notErasing } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { SUSPENDED, SWITCHED_OFF, UNINSTALLED } from '#app/github/app-errors.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { beginInstallationErasure, eraseInstallation } from './erase-installation.ts'
import { beginErasure, eraseRepository } from './erase-repository.ts'
import { describeRows } from './erased-rows.ts'

/** Ends the jobs of installations that were uninstalled, suspended or switched off; other installations go on. */
async function stopLeft(pool: Pool, logger: Logger): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select r.id from run r join installation i on i.id = r.installation_id
     where not ${isActiveInstallation('i')} and i.inactive_reason in ($1, $2, $3) and ${isOpenRun('r')}`,
    [UNINSTALLED, SUSPENDED, SWITCHED_OFF],
  )
  for (const { id } of rows) {
    try {
      await cancelRun(pool, id)
    } catch (error) {
      // It ended meanwhile.
      if (!(error instanceof OperatorError)) throw error
      continue
    }
    logger.info(
      { run: id },
      'a job was cancelled, because its installation was left or switched off',
    )
  }
}

/**
 * Erases everything that is due, and continues what was interrupted. Called every few minutes; several
 * processes may call it at once.
 */
export async function eraseDue(pool: Pool, logger: Logger, signal: AbortSignal): Promise<void> {
  await stopLeft(pool, logger)
  for (const installationId of await findDueInstallations(pool)) {
    const ids = await transaction(pool, (tx) =>
      beginInstallationErasure(tx, installationId, 'its installation is gone'),
    )
    const rows = await eraseInstallation(pool, installationId, ids, { signal })
    logger.info({ installation: installationId, rows }, `erased ${describeRows(rows)}`)
  }
  for (const id of await findDueRepositories(pool)) {
    if (!(await transaction(pool, (tx) => beginDue(tx, id)))) continue
    const rows = await eraseRepository(pool, id, { signal })
    logger.info({ repository: id, rows }, `erased ${describeRows(rows)}`)
  }
}

/** Returns the time after which what was removed is erased; a setting that is not valid is not used. */
const AFTER_REMOVAL = delaySql('erase_removed_after', '24h')
const AFTER_SUSPENSION = delaySql('erase_suspended_after', '30d')

function delaySql(setting: string, otherwise: string): string {
  return `(case when i.settings ->> '${setting}' ~ '^[0-9]{1,4}[hd]$'
    then i.settings ->> '${setting}' else '${otherwise}' end)::interval`
}

async function findDueInstallations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select i.id from installation i
     where not ${isActiveInstallation('i')} and (i.erased_at is null or i.erased_at < i.inactive_at)
       and i.inactive_at < clock_timestamp() - case i.inactive_reason
         when $1 then ${AFTER_REMOVAL} when $2 then ${AFTER_SUSPENSION} end
     order by i.id`,
    [UNINSTALLED, SUSPENDED],
  )
  return rows.map((row) => row.id)
}

const IS_DUE = `(not ${notErasing('r')} or r.hidden_at < clock_timestamp() - ${AFTER_REMOVAL})`

async function findDueRepositories(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select r.id from repository r join installation i on i.id = r.installation_id
     where ${IS_DUE} order by r.id`,
  )
  return rows.map((row) => row.id)
}

/** Marks the repository, unless it came back or another process is erasing it. */
async function beginDue(tx: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from repository r join installation i on i.id = r.installation_id
     where r.id = $1 and ${IS_DUE} for no key update of r skip locked`,
    [id],
  )
  return rowCount === 1 && beginErasure(tx, id, 'removed')
}
