import type { Stamped } from '#app/database/upsert.ts'

/** Origin of a row that is part of a pull request. */
export interface Nested extends Stamped {
  repositoryId: string
  /** Node id of the pull request. */
  pullRequest: string
}

/** A row whose pull request is known only by its node id. */
export type Unplaced<Row extends { pullRequestId: unknown }> = Omit<Row, 'pullRequestId'> & Nested

/**
 * Adds to each row the id of its pull request and leaves out rows whose pull request is not stored. The rows
 * are modified in place, because there are too many to copy.
 */
export function placed<Row extends Nested>(
  rows: Row[],
  ids: Map<string, string>,
): (Row & { pullRequestId: string })[] {
  return rows.flatMap((row) => {
    const pullRequestId = ids.get(row.pullRequest)
    return pullRequestId ? [Object.assign(row, { pullRequestId })] : []
  })
}
