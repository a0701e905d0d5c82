import type { Stamped } from '#app/database/upsert.ts'

/** Where a row belongs that is part of a pull request. */
export interface Nested extends Stamped {
  repositoryId: string
  /** The pull request's node id. */
  pullRequest: string
}

/** A row whose pull request is known by its node id alone. */
export type Unplaced<Row extends { pullRequestId: unknown }> = Omit<Row, 'pullRequestId'> & Nested

/**
 * The same rows, each given the id of its pull request; those of pull requests that are not there are
 * left out. There are many of them, so none is copied.
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
