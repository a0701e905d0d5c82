import { columnsOf, latestOf, type Nested, placed } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ReviewCommentNode } from '#app/github/queries/conversation.ts'

export interface ReviewCommentRow extends Nested {
  nodeId: string
  threadId: string
  reviewId: string | null
  replyToId: string | null
  authorId: string | null
  authorAssociation: string
  body: string
  diffHunk: string
  path: string
  url: string
  createdAt: string
  updatedAt: string
}

export function rowOfReviewComment(
  node: ReviewCommentNode,
  threadId: string,
  origin: Nested,
): ReviewCommentRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    nodeId: node.id,
    threadId,
    reviewId: node.pullRequestReview?.id ?? null,
    replyToId: node.replyTo?.id ?? null,
    authorId: node.author?.id ?? null,
    authorAssociation: node.authorAssociation,
    body: node.body ?? '',
    diffHunk: node.diffHunk ?? '',
    path: node.path,
    url: node.url,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
  }
}

export async function writeReviewComments(
  tx: Queryable,
  all: ReviewCommentRow[],
  ids: Map<string, string>,
): Promise<void> {
  const rows = latestOf(placed(all, ids), (row) => row.nodeId)
  if (rows.length === 0) return
  await tx.query(
    `insert into review_comment (node_id, repository_id, pull_request_id, thread_id, review_id,
       reply_to_id, author_id, author_association, body, diff_hunk, path, url, created_at, updated_at,
       read_at)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[],
       $14::timestamptz[], $15::timestamptz[]) order by 1
     on conflict (node_id) do update set repository_id = excluded.repository_id,
       pull_request_id = excluded.pull_request_id, thread_id = excluded.thread_id,
       review_id = excluded.review_id, reply_to_id = excluded.reply_to_id,
       author_id = excluded.author_id, author_association = excluded.author_association,
       body = excluded.body, diff_hunk = excluded.diff_hunk, path = excluded.path,
       url = excluded.url, created_at = excluded.created_at, updated_at = excluded.updated_at,
       read_at = excluded.read_at
     where review_comment.read_at <= excluded.read_at`,
    columnsOf(rows, {
      nodeId: 'text',
      repositoryId: 'bigint',
      pullRequestId: 'bigint',
      threadId: 'text',
      reviewId: 'text',
      replyToId: 'text',
      authorId: 'text',
      authorAssociation: 'text',
      body: 'text',
      diffHunk: 'text',
      path: 'text',
      url: 'text',
      createdAt: 'timestamptz',
      updatedAt: 'timestamptz',
      readAt: 'timestamptz',
    }),
  )
}
