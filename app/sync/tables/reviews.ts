import { columnsOf, latestOf, type Nested, placed } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ReviewNode } from '#app/github/queries/conversation.ts'

export interface ReviewRow extends Nested {
  nodeId: string
  authorId: string | null
  authorAssociation: string
  state: string
  body: string
  url: string
  createdAt: string
  updatedAt: string
  submittedAt: string | null
  commitOid: string | null
}

export function rowOfReview(node: ReviewNode, origin: Nested): ReviewRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    nodeId: node.id,
    authorId: node.author?.id ?? null,
    authorAssociation: node.authorAssociation,
    state: node.state,
    body: node.body ?? '',
    url: node.url,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    submittedAt: node.submittedAt ?? null,
    commitOid: node.commit?.oid ?? null,
  }
}

export async function writeReviews(
  tx: Queryable,
  all: ReviewRow[],
  ids: Map<string, string>,
): Promise<void> {
  const rows = latestOf(placed(all, ids), (row) => row.nodeId)
  if (rows.length === 0) return
  await tx.query(
    `insert into review (node_id, repository_id, pull_request_id, author_id, author_association, state,
       body, url, created_at, updated_at, submitted_at, commit_oid, read_at)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[],
       $13::timestamptz[]) order by 1
     on conflict (node_id) do update set repository_id = excluded.repository_id,
       pull_request_id = excluded.pull_request_id, author_id = excluded.author_id,
       author_association = excluded.author_association, state = excluded.state,
       body = excluded.body, url = excluded.url, created_at = excluded.created_at,
       updated_at = excluded.updated_at, submitted_at = excluded.submitted_at,
       commit_oid = excluded.commit_oid, read_at = excluded.read_at
     where review.read_at <= excluded.read_at`,
    columnsOf(rows, {
      nodeId: 'text',
      repositoryId: 'bigint',
      pullRequestId: 'bigint',
      authorId: 'text',
      authorAssociation: 'text',
      state: 'text',
      body: 'text',
      url: 'text',
      createdAt: 'timestamptz',
      updatedAt: 'timestamptz',
      submittedAt: 'timestamptz',
      commitOid: 'text',
      readAt: 'timestamptz',
    }),
  )
}
