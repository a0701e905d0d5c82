/** Rows on their way into `unnest`: one array per column. */

/** PostgreSQL's types and their oids, which are the same in every database. */
const OIDS = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  int: 23,
  text: 25,
  timestamptz: 1184,
  jsonb: 3802,
} as const

type ColumnType = keyof typeof OIDS

/** Columns by the names of a row's fields, in the order of a statement's parameters. */
export type Columns<Row> = { readonly [Name in keyof Row]?: ColumnType }

const ARRAY_HEAD = 20
const ELEMENT_HEAD = 4
const NULL = -1
const YEAR_2000 = Date.UTC(2000, 0)
const JSONB_VERSION = 1

/**
 * The rows' columns as parameters of one statement, for `$n::text[]` and the like. In PostgreSQL's binary
 * form: text would have to be escaped here and taken apart there, sign by sign, at three times the cost.
 *
 * @throws TypeError, RangeError where a value is not of its column's type.
 */
export function columnsOf<Row>(rows: Row[], columns: Columns<Row>): Buffer[] {
  return Object.entries<ColumnType>(columns as Record<string, ColumnType>).map(([name, type]) =>
    encodeArray(
      rows.map((row) => row[name as keyof Row]),
      type,
    ),
  )
}

function encodeArray(values: unknown[], type: ColumnType): Buffer {
  let size = ARRAY_HEAD
  let hasNulls = 0
  for (const value of values) {
    size += ELEMENT_HEAD
    if (value === null || value === undefined) hasNulls = 1
    else size += sizeOf(value, type)
  }
  const buffer = Buffer.allocUnsafe(size)
  // One dimension, whether there are nulls, the type, how many, numbered from 1.
  const head = [1, hasNulls, OIDS[type], values.length, 1]
  for (const [index, value] of head.entries()) buffer.writeInt32BE(value, 4 * index)
  let at = ARRAY_HEAD
  for (const value of values) {
    const start = at + ELEMENT_HEAD
    if (value === null || value === undefined) {
      buffer.writeInt32BE(NULL, at)
      at = start
    } else {
      const length = writeValue(buffer, start, value, type)
      buffer.writeInt32BE(length, at)
      at = start + length
    }
  }
  return buffer
}

function sizeOf(value: unknown, type: ColumnType): number {
  switch (type) {
    case 'text':
      return Buffer.byteLength(value as string)
    case 'jsonb':
      return 1 + Buffer.byteLength(value as string)
    case 'bytea':
      return (value as Buffer).length
    case 'boolean':
      return 1
    case 'smallint':
      return 2
    case 'int':
      return 4
    case 'bigint':
    case 'timestamptz':
      return 8
  }
}

/** @returns its length in bytes. */
function writeValue(buffer: Buffer, at: number, value: unknown, type: ColumnType): number {
  switch (type) {
    case 'text':
      return buffer.write(value as string, at)
    case 'jsonb':
      return buffer.writeUInt8(JSONB_VERSION, at) - at + buffer.write(value as string, at + 1)
    case 'bytea':
      return (value as Buffer).copy(buffer, at)
    case 'boolean':
      return buffer.writeUInt8(booleanOf(value), at) - at
    case 'smallint':
      return buffer.writeInt16BE(value as number, at) - at
    case 'int':
      return buffer.writeInt32BE(value as number, at) - at
    case 'bigint':
      return buffer.writeBigInt64BE(BigInt(value as string | number), at) - at
    case 'timestamptz':
      return buffer.writeBigInt64BE(microsecondsOf(value as string), at) - at
  }
}

function booleanOf(value: unknown): number {
  if (typeof value !== 'boolean')
    throw new TypeError(`A boolean column cannot hold ${typeof value}`)
  return value ? 1 : 0
}

/** Since 2000, as PostgreSQL counts. @param time ISO 8601. */
function microsecondsOf(time: string): bigint {
  const milliseconds = Date.parse(time)
  if (Number.isNaN(milliseconds)) throw new TypeError(`Not a timestamp: ${time}`)
  return BigInt(milliseconds - YEAR_2000) * 1000n
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
