/** Something that GitHub did not return after every retry. */
export interface Gap {
  repositoryId: string
  /** `checks`: the checks of the pull request with this node id. */
  kind: 'pull_request' | 'repository' | 'checks'
  nodeId: string
  /** `owner/name#number`, or the known part of it. */
  name: string
  reason: string
}

/** Start of the node id of a pull request of which only its place in a list is known. */
export const UNNAMED = 'unnamed:'

const FIRST_WAIT = '1 hour'
const LONGEST_WAIT = '7 days'

/** Records gaps. Each further failure doubles the wait before the next attempt. */
export async function noteGaps(tx: Queryable, runId: string, gaps: Gap[]): Promise<void> {
  if (gaps.length === 0) return
  await tx.query(
    `insert into gap (repository_id, kind, node_id, name, reason, run_id, next_try_at)
     select distinct on (kind, node_id) repository_id, kind, node_id, name, reason, $1,
       clock_timestamp() + interval '${FIRST_WAIT}'
     from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
       as gap (repository_id, kind, node_id, name, reason)
     order by kind, node_id
     on conflict (kind, node_id) do update set reason = excluded.reason, name = excluded.name,
       run_id = excluded.run_id, attempts = gap.attempts + 1,
       next_try_at = clock_timestamp()
         + least(interval '${LONGEST_WAIT}', interval '${FIRST_WAIT}' * 2 ^ least(gap.attempts, 10))`,
    [
      runId,
      gaps.map((gap) => gap.repositoryId),
      gaps.map((gap) => gap.kind),
      gaps.map((gap) => gap.nodeId),
      gaps.map((gap) => gap.name),
      gaps.map((gap) => gap.reason),
    ],
  )
}

/** Deletes the gaps of objects that are complete by now. */
export async function closeGaps(
  tx: Queryable,
  kind: Gap['kind'],
  nodeIds: string[],
): Promise<void> {
  if (nodeIds.length === 0) return
  await tx.query('delete from gap where kind = $1 and node_id = any($2::text[])', [kind, nodeIds])
}

/** Forgets the places that nothing was returned for, when the whole list is read again. */
export async function forgetUnnamed(tx: Queryable, repositoryId: string): Promise<void> {
  await tx.query(
    `delete from gap where repository_id = $1 and kind = 'pull_request' and starts_with(node_id, '${UNNAMED}')`,
    [repositoryId],
  )
}

/** Returns, by repository, the pull requests that are due for another attempt. */
export async function dueGaps(
  db: Queryable,
  repositoryIds: string[],
): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ repositoryId: string; nodeIds: string[] }>(
    `select repository_id, array_agg(node_id order by node_id) as node_ids from gap
     where repository_id = any($1::bigint[]) and kind = 'pull_request'
       and not starts_with(node_id, '${UNNAMED}')
       and next_try_at <= clock_timestamp()
     group by repository_id`,
    [repositoryIds],
  )
  return new Map(rows.map((row) => [row.repositoryId, row.nodeIds]))
}

import type { Queryable } from '#app/database/pool.server.ts'
