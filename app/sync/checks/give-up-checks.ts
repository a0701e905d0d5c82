import type { Queryable } from '#app/database/pool.server.ts'
import { noteGaps } from '../window/gaps.ts'
import { endChecks } from './store-checks.ts'

/**
 * Records lists of checks that GitHub did not return as gaps.
 *
 * @param at start of the reading, by the database's clock.
 * @param nodeIds node ids of the pull requests.
 * @returns their names.
 */
export async function giveUpChecks(
  tx: Queryable,
  runId: string,
  at: Date,
  lost: { nodeIds: string[]; reason: string },
): Promise<string[]> {
  const { nodeIds, reason } = lost
  const { rows } = await tx.query<{ nodeId: string; repositoryId: string; name: string }>(
    `select c.node_id, c.repository_id, r.full_name
       || coalesce('#' || p.number, ': pull request ' || c.node_id) || ', checks' as name
     from check_list c join repository r on r.id = c.repository_id
       left join pull_request p on p.node_id = c.node_id
     where c.node_id = any($1::text[]) order by c.node_id`,
    [nodeIds],
  )
  await noteGaps(
    tx,
    runId,
    rows.map((row) => ({ ...row, kind: 'checks', reason })),
  )
  await endChecks(
    tx,
    at,
    nodeIds.map((nodeId) => ({ nodeId, reason })),
  )
  return rows.map(({ name }) => name)
}
