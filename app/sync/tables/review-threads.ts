import { columnsOf, latestOf, type Nested, placed } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ReviewThreadNode } from '#app/github/queries/conversation.ts'

export interface ReviewThreadRow extends Nested {
  nodeId: string
  path: string
  line: number | null
  diffSide: string
  isResolved: boolean
  resolvedById: string | null
  isOutdated: boolean
}

export function rowOfReviewThread(node: ReviewThreadNode, origin: Nested): ReviewThreadRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    nodeId: node.id,
    path: node.path,
    line: node.line ?? null,
    diffSide: node.diffSide,
    isResolved: node.isResolved,
    resolvedById: node.resolvedBy?.id ?? null,
    isOutdated: node.isOutdated,
  }
}

export async function writeReviewThreads(
  tx: Queryable,
  all: ReviewThreadRow[],
  ids: Map<string, string>,
): Promise<void> {
  const rows = latestOf(placed(all, ids), (row) => row.nodeId)
  if (rows.length === 0) return
  await tx.query(
    `insert into review_thread (node_id, repository_id, pull_request_id, path, line, diff_side,
       is_resolved, resolved_by_id, is_outdated, read_at)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::text[],
       $7::boolean[], $8::text[], $9::boolean[], $10::timestamptz[]) order by 1
     on conflict (node_id) do update set repository_id = excluded.repository_id,
       pull_request_id = excluded.pull_request_id, path = excluded.path, line = excluded.line,
       diff_side = excluded.diff_side, is_resolved = excluded.is_resolved,
       resolved_by_id = excluded.resolved_by_id, is_outdated = excluded.is_outdated,
       read_at = excluded.read_at
     where review_thread.read_at <= excluded.read_at`,
    columnsOf(rows, {
      nodeId: 'text',
      repositoryId: 'bigint',
      pullRequestId: 'bigint',
      path: 'text',
      line: 'int',
      diffSide: 'text',
      isResolved: 'boolean',
      resolvedById: 'text',
      isOutdated: 'boolean',
      readAt: 'timestamptz',
    }),
  )
}
