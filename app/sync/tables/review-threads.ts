import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { ReviewThreadNode } from '#app/github/queries/conversation.ts'
import type { Nested, Unplaced } from './nested.ts'

export const reviewThreads = defineTable({
  name: 'review_thread',
  key: ['nodeId'],
  columns: {
    nodeId: 'text',
    repositoryId: 'bigint',
    pullRequestId: 'bigint',
    path: 'text',
    line: 'int?',
    diffSide: 'text',
    isResolved: 'boolean',
    resolvedById: 'text?',
    isOutdated: 'boolean',
    readAt: 'timestamptz',
  },
  list: 'reviewThreads',
})

export type ReviewThreadRow = Unplaced<RowOf<typeof reviewThreads.columns>>

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
