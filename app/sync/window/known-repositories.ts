/** What is known of repositories beside their content: listed, hidden, gone. */

export interface KnownRepository {
  id: string
  nodeId: string
  fullName: string
  topics: string[]
}

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

/** Repositories of an installation by node id; those of others are not found. */
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

/** Notes that the run's list has them. */
export async function noteListed(tx: Queryable, runId: string, nodeIds: string[]): Promise<void> {
  await tx.query('update repository set listed_in = $1 where node_id = any($2::text[])', [
    runId,
    nodeIds,
  ])
}

/** Hides at once: nothing of them is shown or searched any more. What is stored stays. */
export async function hideRepositories(
  tx: Queryable,
  installationId: string,
  nodeIds: string[],
  reason: string,
): Promise<void> {
  if (nodeIds.length === 0) return
  await tx.query(
    `update repository set hidden_at = clock_timestamp(), hidden_reason = $3
     where installation_id = $1 and node_id = any($2::text[]) and ${notHidden('repository')}`,
    [installationId, nodeIds, reason],
  )
}

/** After a whole list: hides those that it has not. */
export async function hideUnlisted(
  tx: Queryable,
  installationId: string,
  runId: string,
): Promise<void> {
  await tx.query(
    `update repository set hidden_at = clock_timestamp(), hidden_reason = 'not granted any more'
     where installation_id = $1 and listed_in is distinct from $2 and ${notHidden('repository')}`,
    [installationId, runId],
  )
}

/**
 * GitHub says that these ids do not exist: hidden at once.
 *
 * @returns the ids of those of which it said so for the second time in a row, which is believed.
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

/** A token keeps the names that it was asked for; one that was never found is not asked for again. */
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
