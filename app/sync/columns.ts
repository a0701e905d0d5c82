/** Rows on their way into `unnest`: one array per column. */

/** The rows' columns in the order of the names, as parameters of one statement. */
export function columnsOf<Row>(rows: Row[], names: readonly (keyof Row)[]): unknown[][] {
  return names.map((name) => rows.map((row) => row[name]))
}

/** What bears the start of the snapshot that read it, ISO 8601. */
export interface Stamped {
  readAt: string
}

/** What belongs to a pull request. */
export interface Nested extends Stamped {
  repositoryId: string
  /** Its node id. */
  pullRequest: string
}

/**
 * One row for each key, the one read last: a statement that upserts cannot touch a row twice. Of rows
 * that were read at once the last one given stays.
 */
export function latestOf<Row extends Stamped>(rows: Row[], keyOf: (row: Row) => string): Row[] {
  const latest = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(row)
    const other = latest.get(key)
    if (!other || other.readAt <= row.readAt) latest.set(key, row)
  }
  return [...latest.values()]
}

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
