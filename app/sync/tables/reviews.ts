import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { ReviewNode } from '#app/github/queries/conversation.ts'
import type { Nested, Unplaced } from './nested.ts'

export const reviews = defineTable({
  name: 'review',
  key: ['nodeId'],
  columns: {
    nodeId: 'text',
    repositoryId: 'bigint',
    pullRequestId: 'bigint',
    authorId: 'text?',
    authorAssociation: 'text',
    body: 'text',
    url: 'text',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    isMinimized: 'boolean?',
    minimizedReason: 'text?',
    state: 'text',
    submittedAt: 'timestamptz?',
    commitOid: 'text?',
    readAt: 'timestamptz',
  },
  list: 'reviews',
  passage: 'review',
})

export type ReviewRow = Unplaced<RowOf<typeof reviews.columns>>

export function rowOfReview(node: ReviewNode, origin: Nested): ReviewRow {
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
    isMinimized: node.isMinimized ?? null,
    minimizedReason: node.minimizedReason ?? null,
    state: node.state,
    submittedAt: node.submittedAt ?? null,
    commitOid: node.commit?.oid ?? null,
  }
}
