import { columnsOf, latestOf, type Nested, placed } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { CommentNode } from '#app/github/queries/conversation.ts'

/** A comment on the pull request itself; those on its code are review comments. */
export interface CommentRow extends Nested {
  nodeId: string
  authorId: string | null
  authorAssociation: string
  body: string
  url: string
  createdAt: string
  updatedAt: string
}

export function rowOfComment(node: CommentNode, origin: Nested): CommentRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    nodeId: node.id,
    authorId: node.author?.id ?? null,
    authorAssociation: node.authorAssociation,
    body: node.body ?? '',
    url: node.url,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
  }
}

export async function writeComments(
  tx: Queryable,
  all: CommentRow[],
  ids: Map<string, string>,
): Promise<void> {
  const rows = latestOf(placed(all, ids), (row) => row.nodeId)
  if (rows.length === 0) return
  await tx.query(
    `insert into comment (node_id, repository_id, pull_request_id, author_id, author_association, body,
       url, created_at, updated_at, read_at)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[]) order by 1
     on conflict (node_id) do update set repository_id = excluded.repository_id,
       pull_request_id = excluded.pull_request_id, author_id = excluded.author_id,
       author_association = excluded.author_association, body = excluded.body,
       url = excluded.url, created_at = excluded.created_at, updated_at = excluded.updated_at,
       read_at = excluded.read_at
     where comment.read_at <= excluded.read_at`,
    columnsOf(rows, {
      nodeId: 'text',
      repositoryId: 'bigint',
      pullRequestId: 'bigint',
      authorId: 'text',
      authorAssociation: 'text',
      body: 'text',
      url: 'text',
      createdAt: 'timestamptz',
      updatedAt: 'timestamptz',
      readAt: 'timestamptz',
    }),
  )
}
