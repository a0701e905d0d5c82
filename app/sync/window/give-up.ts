import type { Queryable } from '#app/database/pool.server.ts'
import { noteGaps } from './gaps.ts'
import { findRepositories } from './known-repositories.ts'
import { type NamedRepository, noteUnread } from './unread-repositories.ts'

/** A pull request that GitHub did not return. */
export interface GivenUpPullRequest {
  nodeId: string
  repositoryId: string | null
  reason: string
}

/**
 * Records pull requests as gaps, and marks stored ones as incomplete.
 *
 * @returns their names, `owner/name#number`, or the known part of them.
 */
export async function giveUpPullRequests(
  tx: Queryable,
  runId: string,
  lost: GivenUpPullRequest[],
): Promise<string[]> {
  if (lost.length === 0) return []
  const { rows } = await tx.query<{ nodeId: string; repositoryId: string | null; name: string }>(
    `select l.node_id, r.id as repository_id,
       case when p.number is not null then r.full_name || '#' || p.number
         else coalesce(r.full_name || ': ', '') || 'pull request ' || l.node_id end as name
     from unnest($1::text[], $2::bigint[]) l (node_id, repository_id)
       left join pull_request p on p.node_id = l.node_id
       left join repository r on r.id = coalesce(l.repository_id, p.repository_id)`,
    [lost.map((one) => one.nodeId), lost.map((one) => one.repositoryId)],
  )
  const reasons = new Map(lost.map((one) => [one.nodeId, one.reason]))
  const gaps = rows.flatMap((row) =>
    row.repositoryId
      ? [
          {
            repositoryId: row.repositoryId,
            kind: 'pull_request' as const,
            nodeId: row.nodeId,
            name: row.name,
            reason: reasons.get(row.nodeId) ?? '',
          },
        ]
      : [],
  )
  await noteGaps(tx, runId, gaps)
  await tx.query(
    `update pull_request p
     set is_complete = false, checked_at = clock_timestamp(),
       completeness = p.completeness || jsonb_build_object('reading',
         jsonb_build_object('state', 'incomplete', 'reason', l.reason))
     from unnest($1::text[], $2::text[]) l (node_id, reason) where p.node_id = l.node_id`,
    [lost.map((one) => one.nodeId), lost.map((one) => one.reason)],
  )
  return rows.map((row) => row.name)
}

/**
 * Records repositories that GitHub did not return: those that are stored as gaps, the others by their names.
 *
 * @returns their names.
 */
export async function giveUpRepositories(
  tx: Queryable,
  { runId, installationId }: { runId: string; installationId: string },
  repositories: NamedRepository[],
  reason: string,
): Promise<string[]> {
  const nodeIds = repositories.map(({ nodeId }) => nodeId)
  const known = await findRepositories(tx, installationId, nodeIds)
  const unread = repositories.filter(({ nodeId }) => !known.has(nodeId))
  await noteUnread(tx, { runId, installationId }, unread, reason)
  await noteGaps(
    tx,
    runId,
    [...known.values()].map(({ id, nodeId, fullName }) => ({
      repositoryId: id,
      kind: 'repository',
      nodeId,
      name: fullName,
      reason,
    })),
  )
  return repositories.map(({ nodeId, name }) => known.get(nodeId)?.fullName ?? name)
}
