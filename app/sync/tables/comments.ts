import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { CommentNode } from '#app/github/queries/conversation.ts'
import type { Nested, Unplaced } from './nested.ts'

/** Comments in the conversation of a pull request; comments on its code are review comments. */
export const comments = defineTable({
  name: 'comment',
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
    readAt: 'timestamptz',
  },
  list: 'comments',
  passage: 'comment',
})

export type CommentRow = Unplaced<RowOf<typeof comments.columns>>

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
    isMinimized: node.isMinimized ?? null,
    minimizedReason: node.minimizedReason ?? null,
  }
}
