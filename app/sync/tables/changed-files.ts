import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { ChangedFileNode } from '#app/github/queries/conversation.ts'
import type { Nested, Unplaced } from './nested.ts'

/** The files that a pull request changes, from its merge base to its head. */
export const changedFiles = defineTable({
  name: 'pull_request_file',
  key: ['pullRequestId', 'place'],
  columns: {
    repositoryId: 'bigint',
    pullRequestId: 'bigint',
    /** Zero-based, in the order of the list. Paths can be too long for a key. */
    place: 'int',
    path: 'text',
    /** Where a renamed or copied file was before; only git tells. */
    previousPath: 'text?',
    changeType: 'text',
    additions: 'int',
    deletions: 'int',
    readAt: 'timestamptz',
  },
  list: 'files',
})

export type ChangedFileRow = Unplaced<RowOf<typeof changedFiles.columns>>

export function rowOfChangedFile(
  node: ChangedFileNode,
  place: number,
  origin: Nested,
): ChangedFileRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    place,
    path: node.path,
    previousPath: null,
    changeType: node.changeType,
    additions: node.additions,
    deletions: node.deletions,
  }
}
