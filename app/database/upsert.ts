import { type Columns, columnsOf, type RowOf } from './columns.ts'
import type { Table } from './define-table.ts'
import type { Queryable } from './pool.server.ts'

const MOST_ROWS = 2_000
const MOST_TEXT = 1_048_576

/** A row with the start time of the snapshot that read it, in ISO 8601. */
export interface Stamped {
  readAt: string
}

/** Upserts rows in one statement; rows written by a later snapshot stay unchanged. */
export async function upsert<C extends Columns>(
  tx: Queryable,
  table: Table<C>,
  all: (RowOf<C> & Stamped)[],
): Promise<void> {
  const rows = latestOf(all, table.key)
  if (rows.length > 0) await tx.query(table.statement, columnsOf(rows, table.columns))
}

/**
 * Deduplicates rows by key and keeps the latest, since a statement cannot upsert a row twice. Among rows read
 * at the same time, the last one wins.
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

/**
 * Divides rows into portions of limited size, so that neither encoding nor writing them holds up the loop. Keeps
 * their order; a row that exceeds the limit is alone.
 *
 * @param most UTF-16 units of texts in one statement.
 */
export function portionsOf<Row extends object>(rows: Row[], most = MOST_TEXT): Row[][] {
  const portions: Row[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const own = sizeOf(row)
    const last = portions.at(-1)
    if (last && last.length < MOST_ROWS && size + own <= most) {
      last.push(row)
      size += own
    } else {
      portions.push([row])
      size = own
    }
  }
  return portions
}

function sizeOf(row: object): number {
  let size = 0
  for (const value of Object.values(row)) if (typeof value === 'string') size += value.length
  return size
}
