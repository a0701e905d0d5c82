import type { Queryable } from '#app/database/pool.server.ts'
import { noteGaps } from './gaps.ts'
import { findRepositories } from './known-repositories.ts'

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
 * Records repositories that GitHub did not return as gaps.
 *
 * @returns their names; for unknown repositories, their node ids.
 */
export async function giveUpRepositories(
  tx: Queryable,
  { runId, installationId }: { runId: string; installationId: string },
  nodeIds: string[],
  reason: string,
): Promise<string[]> {
  const known = await findRepositories(tx, installationId, nodeIds)
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
  return nodeIds.map((nodeId) => known.get(nodeId)?.fullName ?? `repository ${nodeId}`)
}
