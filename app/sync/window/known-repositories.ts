/** The state of repositories apart from their content: listed, hidden or deleted. */

export interface KnownRepository {
  id: string
  nodeId: string
  fullName: string
  topics: string[]
}

/** Reasons after which only the list of what an installation grants shows a repository again. */
export const NOT_GRANTED = 'not granted any more'
export const DELETED = 'deleted on GitHub'
export const TRANSFERRED = 'transferred to another account'

const COLUMNS = `id, node_id, full_name, topics`

export async function readRepositoryNamed(
  db: Queryable,
  installationId: string,
  fullName: string,
): Promise<KnownRepository | null> {
  const { rows } = await db.query<KnownRepository>(
    `select ${COLUMNS} from repository
     where installation_id = $1 and lower(full_name) = lower($2)`,
    [installationId, fullName],
  )
  return rows[0] ?? null
}

/** Returns repositories of the installation by node id; those of other installations are not found. */
export async function findRepositories(
  db: Queryable,
  installationId: string,
  nodeIds: string[],
): Promise<Map<string, KnownRepository>> {
  const { rows } = await db.query<KnownRepository>(
    `select ${COLUMNS} from repository where installation_id = $1 and node_id = any($2::text[])`,
    [installationId, nodeIds],
  )
  return new Map(rows.map((row) => [row.nodeId, row]))
}

/**
 * Records that the run's listing contains these repositories. Of another installation, it may take over those that
 * are hidden.
 */
export async function noteListed(
  tx: Queryable,
  installationId: string,
  runId: string,
  nodeIds: string[],
): Promise<void> {
  await tx.query(
    `update repository set listed_in = $2
     where (installation_id = $1 or not ${notHidden('repository')}) and node_id = any($3::text[])`,
    [installationId, runId, nodeIds],
  )
  await noteUnreadListed(tx, installationId, runId, nodeIds)
}

/** Hides repositories from every page and search at once. Their stored data stays. */
export async function hideRepositories(
  tx: Queryable,
  installationId: string,
  nodeIds: string[],
  reason: string,
): Promise<void> {
  if (nodeIds.length === 0) return
  await tx.query(
    `update repository set hidden_at = clock_timestamp(), hidden_reason = $3, listed_in = null
     where installation_id = $1 and node_id = any($2::text[]) and ${notHidden('repository')}`,
    [installationId, nodeIds, reason],
  )
  await forgetUnread(tx, installationId, nodeIds)
}

/** Hides repositories at every other installation of the App than the one that has received them. */
export async function hideTransferred(
  tx: Queryable,
  installationId: string,
  databaseIds: string[],
): Promise<void> {
  if (databaseIds.length === 0) return
  await tx.query(
    `update repository r set hidden_at = clock_timestamp(), hidden_reason = $3, listed_in = null
     from installation i where i.id = r.installation_id and i.kind = 'app' and i.id <> $1
       and r.database_id = any($2::bigint[]) and ${notHidden('r')}`,
    [installationId, databaseIds, TRANSFERRED],
  )
}

/**
 * Hides the repositories that a complete listing does not contain. What this run or a later one has found meanwhile
 * stays: its row can be younger than the page that lists it.
 */
export async function hideUnlisted(
  tx: Queryable,
  installationId: string,
  runId: string,
): Promise<void> {
  await tx.query(
    `update repository set hidden_at = clock_timestamp(), hidden_reason = $3
     where installation_id = $1 and coalesce(listed_in, 0) < $2 and ${notHidden('repository')}`,
    [installationId, runId, NOT_GRANTED],
  )
  await forgetUnlisted(tx, installationId, runId)
}

/**
 * Hides repositories that GitHub reports as not found.
 *
 * @returns the ids of those reported for the second time in a row, which counts as deleted.
 */
export async function noteNotFound(
  tx: Queryable,
  installationId: string,
  nodeIds: string[],
): Promise<string[]> {
  if (nodeIds.length === 0) return []
  const { rows } = await tx.query<{ id: string; notFound: number }>(
    `update repository set not_found = least(not_found + 1, 2),
       hidden_at = coalesce(hidden_at, clock_timestamp()), hidden_reason = 'not found on GitHub'
     where installation_id = $1 and node_id = any($2::text[])
     returning id, not_found`,
    [installationId, nodeIds],
  )
  return rows.filter((row) => row.notFound >= 2).map((row) => row.id)
}

/**
 * Removes a name that was never found from the repositories of a token, so that it is not requested again.
 */
export async function forgetName(
  tx: Queryable,
  installationId: string,
  name: string,
): Promise<void> {
  await tx.query(
    `update installation
     set settings = jsonb_set(settings, '{repositories}', (settings -> 'repositories') - $2::text)
     where id = $1 and settings -> 'repositories' ? $2::text`,
    [installationId, name],
  )
}

import type { Queryable } from '#app/database/pool.server.ts'
import { notHidden } from '#app/database/predicates.ts'
import { forgetUnlisted, forgetUnread, noteUnreadListed } from './unread-repositories.ts'
