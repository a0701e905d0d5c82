import { columnsOf } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'

/**
 * Sets the lines of passages whose review comments were written before their threads.
 *
 * @param threadIds the threads that are written now.
 * @param comments the review comments that are written now; their passages already have lines.
 */
export async function updateLines(
  tx: Queryable,
  threadIds: string[],
  comments: { nodeId: string; readAt: string }[],
): Promise<void> {
  if (threadIds.length === 0) return
  const { rows: earlier } = await tx.query<{ id: string }>(
    `select c.node_id as id from review_comment c
     where c.thread_id = any($1::text[]) and not exists (
       select from unnest($2::text[], $3::timestamptz[]) n (node_id, read_at)
       where n.node_id = c.node_id and n.read_at = c.read_at)`,
    [threadIds, ...columnsOf(comments, { nodeId: 'text', readAt: 'timestamptz' })],
  )
  if (earlier.length === 0) return
  await tx.query(
    `with said as materialized (
       select c.node_id, c.pull_request_id, c.repository_id, t.line
       from review_comment c join review_thread t on t.node_id = c.thread_id
       where c.node_id = any($1::text[]) and t.node_id = any($2::text[])
     )
     update passage p set line = said.line from said
     where p.repository_id = said.repository_id
       and coalesce(p.pull_request_id, 0) = said.pull_request_id and p.kind = 'review_comment'
       and p.source_id = said.node_id and p.line is distinct from said.line`,
    [earlier.map(({ id }) => id), threadIds],
  )
}
