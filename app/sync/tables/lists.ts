import type { Columns } from '#app/database/columns.ts'
import type { Table } from '#app/database/define-table.ts'
import type { Totals } from '../window/snapshots.ts'
import { changedFiles } from './changed-files.ts'
import { comments } from './comments.ts'
import { pullRequestCommits } from './commits.ts'
import { reviewComments } from './review-comments.ts'
import { reviewThreads } from './review-threads.ts'
import { reviews } from './reviews.ts'

/** The tables of a pull request's lists, in the order in which all writers write them. */
export const LISTS = [
  pullRequestCommits,
  reviews,
  reviewThreads,
  reviewComments,
  comments,
  changedFiles,
] as const satisfies Table<Columns, string, keyof Totals>[]

export type ListTable = (typeof LISTS)[number]
