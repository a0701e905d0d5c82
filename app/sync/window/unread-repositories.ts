/**
 * Repositories that the installation grants and that could never be read. They have no row in `repository`, so
 * they are kept apart, and named wherever the completeness of the copy is told.
 */
import { type Scope, seesNames } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

/** A repository as a list of GitHub names it. */
export interface NamedRepository {
  nodeId: string
  name: string
}

/** Records repositories that could not be read. Those that are stored are left out. */
export async function noteUnread(
  tx: Queryable,
  { runId, installationId }: { runId: string; installationId: string },
  repositories: NamedRepository[],
  reason: string,
): Promise<void> {
  if (repositories.length === 0) return
  await tx.query(
    `insert into unread_repository (installation_id, node_id, name, reason, listed_in)
     select $1, u.node_id, u.name, $3, $2 from unnest($4::text[], $5::text[]) u (node_id, name)
     where not exists (select from repository r where r.node_id = u.node_id)
     order by u.node_id
     on conflict (installation_id, node_id) do update
     set name = excluded.name, reason = excluded.reason, listed_in = excluded.listed_in,
       attempts = unread_repository.attempts + 1, seen_at = clock_timestamp()`,
    [
      installationId,
      runId,
      reason,
      repositories.map(({ nodeId }) => nodeId),
      repositories.map(({ name }) => name),
    ],
  )
}

/** Records that the run's list still has these. */
export async function noteUnreadListed(
  tx: Queryable,
  installationId: string,
  runId: string,
  nodeIds: string[],
): Promise<void> {
  await tx.query(
    `update unread_repository set listed_in = $2 where installation_id = $1 and node_id = any($3::text[])`,
    [installationId, runId, nodeIds],
  )
}

/** Forgets those that are not granted any more, as a complete list shows, and those that are stored by now. */
export async function forgetUnlisted(
  tx: Queryable,
  installationId: string,
  runId: string,
): Promise<void> {
  await tx.query(
    `delete from unread_repository u where u.installation_id = $1 and (u.listed_in <> $2
       or exists (select from repository r where r.node_id = u.node_id))`,
    [installationId, runId],
  )
}

/** Forgets those that the filter leaves out. */
export async function forgetUnread(
  tx: Queryable,
  installationId: string,
  nodeIds: string[],
): Promise<void> {
  if (nodeIds.length === 0) return
  await tx.query(
    'delete from unread_repository where installation_id = $1 and node_id = any($2::text[])',
    [installationId, nodeIds],
  )
}

export interface UnreadRepository {
  installation: string
  fullName: string
  reason: string
  attempts: number
  firstSeenAt: Date
}

/** Returns those of active installations, where the viewer may see their names, by name. */
export async function readUnread(
  db: Queryable,
  scope: Scope,
  { installationId = null, names = [] }: { installationId?: string | null; names?: string[] } = {},
): Promise<UnreadRepository[]> {
  const { values, bind } = parametersOf([installationId, names.map((name) => name.toLowerCase())])
  const { rows } = await db.query<UnreadRepository>(
    `select u.installation_id as installation, u.name as full_name, u.reason, u.attempts, u.first_seen_at
     from unread_repository u
     where ${seesNames(scope, 'u.installation_id')(bind)}
       and ($1::bigint is null or u.installation_id = $1)
       and (cardinality($2::text[]) = 0 or lower(u.name) = any($2)
         or lower(split_part(u.name, '/', 1)) || '/*' = any($2))
       and not exists (select from repository r where r.node_id = u.node_id)
     order by u.name, u.installation_id limit 1000`,
    values,
  )
  return rows
}
