import { type Columns, columnsOf, type RowOf } from './columns.ts'
import type { Table } from './define-table.ts'
import type { Queryable } from './pool.server.ts'

/** A row that bears the start of the snapshot that read it, ISO 8601. */
export interface Stamped {
  readAt: string
}

/** Writes rows in one statement, whether they are new or known; those that a later snapshot wrote stay. */
export async function upsert<C extends Columns>(
  tx: Queryable,
  table: Table<C>,
  all: (RowOf<C> & Stamped)[],
): Promise<void> {
  const rows = latestOf(all, table.key)
  if (rows.length > 0) await tx.query(table.statement, columnsOf(rows, table.columns))
}

/**
 * One row for each key, the one read last: a statement that upserts cannot touch a row twice. Of rows
 * that were read at once the last one given stays.
 */
export function latestOf<Row extends Stamped>(
  rows: Row[],
  key: readonly (keyof Row & string)[],
): Row[] {
  const latest = new Map<unknown, Row>()
  for (const row of rows) {
    const place = key.map((field) => row[field]).join(' ')
    const other = latest.get(place)
    if (!other || other.readAt <= row.readAt) latest.set(place, row)
  }
  return [...latest.values()]
}
