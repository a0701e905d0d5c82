import { hideCode } from '#app/code/generations/forget.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { beginErasure, type ErasureOptions, eraseRepository } from './erase-repository.ts'
import { addRows, type ErasedRows, NO_ROWS } from './erased-rows.ts'

const BATCH = 1_000
/** Fewer, because each takes its stages and repository syncs with it. */
const RUNS = 100

/** Hides all repositories of the installation at once and marks them for erasure. @returns their ids. */
export async function beginInstallationErasure(
  tx: Queryable,
  installationId: string,
  reason: string,
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from repository where installation_id = $1 order by id for no key update',
    [installationId],
  )
  for (const { id } of rows) await beginErasure(tx, id, reason)
  // Also that of repositories that are not in the copy.
  await hideCode(tx, { installationId })
  return rows.map((row) => row.id)
}

/**
 * Erases the repositories of an installation that are marked for it, and its ended runs. The row of the
 * installation stays, with the time of the erasure; without runs, its next sync is a first one.
 *
 * @returns the rows that this call deleted.
 */
export async function eraseInstallation(
  pool: Pool,
  installationId: string,
  repositoryIds: string[],
  options: ErasureOptions = {},
): Promise<ErasedRows> {
  let erased = NO_ROWS
  for (const id of repositoryIds) erased = addRows(erased, await eraseRepository(pool, id, options))
  await eraseRuns(pool, installationId, options.signal)
  await pool.query(
    `update installation set erased_at = clock_timestamp() where id = $1 and not exists (
       select from repository where installation_id = $1)`,
    [installationId],
  )
  return erased
}

async function eraseRuns(
  pool: Pool,
  installationId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from work_item where id in (
         select w.id from work_item w join run r on r.id = w.run_id
         where r.installation_id = $1 and not (${isOpenRun('r')}) limit $2)`,
      [installationId, BATCH],
    )
    if (rowCount < BATCH) break
  }
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(
      `delete from run where id in (
         select id from run where installation_id = $1 and not (${isOpenRun('run')}) limit $2)`,
      [installationId, RUNS],
    )
    if (rowCount < RUNS) break
  }
  await pool.query('delete from github_etag where installation_id = $1', [installationId])
  await pool.query('delete from unread_repository where installation_id = $1', [installationId])
}
