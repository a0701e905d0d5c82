import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { ReviewCommentNode } from '#app/github/queries/conversation.ts'
import type { Nested, Unplaced } from './nested.ts'

export const reviewComments = defineTable({
  name: 'review_comment',
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
    threadId: 'text',
    reviewId: 'text?',
    replyToId: 'text?',
    path: 'text',
    diffHunk: 'text',
    readAt: 'timestamptz',
  },
  list: 'reviewComments',
  passage: 'review_comment',
})

export type ReviewCommentRow = Unplaced<RowOf<typeof reviewComments.columns>>

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
    authorId: node.author?.id ?? null,
    authorAssociation: node.authorAssociation,
    body: node.body ?? '',
    url: node.url,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    isMinimized: node.isMinimized ?? null,
    minimizedReason: node.minimizedReason ?? null,
    threadId,
    reviewId: node.pullRequestReview?.id ?? null,
    replyToId: node.replyTo?.id ?? null,
    path: node.path,
    diffHunk: node.diffHunk ?? '',
  }
}
