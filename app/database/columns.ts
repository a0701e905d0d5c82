/** Encodes rows for `unnest`: one array per column. */

/** PostgreSQL's types and their OIDs, which are the same in every database. */
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

type SentType = keyof typeof OIDS

interface Values {
  boolean: boolean
  bytea: Buffer
  bigint: string
  smallint: number
  int: number
  text: string
  /** ISO 8601. */
  timestamptz: string
  jsonb: unknown
  'text[]': string[]
  /** In PostgreSQL's text format. */
  tsvector: string
}

/** A column's SQL type, with a question mark if it is nullable. */
export type ColumnType = keyof Values | `${keyof Values}?`

/** Column types by field name, in the order of a statement's parameters. */
export type Columns = { readonly [field: string]: ColumnType }

type ValueOf<Type extends ColumnType> = Type extends `${infer Plain extends keyof Values}?`
  ? Values[Plain] | null
  : Type extends keyof Values
    ? Values[Type]
    : never

/** A row of these columns as a TypeScript type. */
export type RowOf<C extends Columns> = { -readonly [Field in keyof C]: ValueOf<C[Field]> }

/** Returns the type as SQL names it. */
export function plainType(type: ColumnType): keyof Values {
  return type.replace('?', '') as keyof Values
}

export function isNullable(type: ColumnType): boolean {
  return type.endsWith('?')
}

/** Returns the element type of the parameter: `unnest` would flatten an array of arrays. */
export function sentType(type: ColumnType): SentType {
  const plain = plainType(type)
  if (plain === 'text[]') return 'jsonb'
  return plain === 'tsvector' ? 'text' : plain
}

const ARRAY_HEAD = 20
const ELEMENT_HEAD = 4
const NULL = -1
const YEAR_2000 = Date.UTC(2000, 0)
const JSONB_VERSION = 1

/**
 * Converts rows to one array parameter per column, for `$n::text[]` and the like. Uses PostgreSQL's binary
 * format: the text format would have to be escaped here and parsed there, at three times the cost.
 *
 * @throws TypeError, RangeError if a value does not match its column's type.
 */
export function columnsOf<const C extends Columns>(
  rows: RowOf<NoInfer<C>>[],
  columns: C,
): Buffer[] {
  return Object.entries(columns).map(([field, given]) => {
    const type = sentType(given)
    const values = rows.map((row) => row[field])
    return encodeArray(type === 'jsonb' ? values.map(jsonOf) : values, type)
  })
}

function jsonOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}

function encodeArray(values: unknown[], type: SentType): Buffer {
  let size = ARRAY_HEAD
  let hasNulls = 0
  for (const value of values) {
    size += ELEMENT_HEAD
    if (value === null || value === undefined) hasNulls = 1
    else size += sizeOf(value, type)
  }
  const buffer = Buffer.allocUnsafe(size)
  // Number of dimensions, null flag, element type, length, lower bound.
  const head = [1, hasNulls, OIDS[type], values.length, 1]
  for (const [index, value] of head.entries()) buffer.writeInt32BE(value, 4 * index)
  let offset = ARRAY_HEAD
  for (const value of values) {
    const start = offset + ELEMENT_HEAD
    if (value === null || value === undefined) {
      buffer.writeInt32BE(NULL, offset)
      offset = start
    } else {
      const length = writeValue(buffer, start, value, type)
      buffer.writeInt32BE(length, offset)
      offset = start + length
    }
  }
  return buffer
}

function sizeOf(value: unknown, type: SentType): number {
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

/** @returns the length of the value in bytes. */
function writeValue(buffer: Buffer, offset: number, value: unknown, type: SentType): number {
  switch (type) {
    case 'text':
      return buffer.write(value as string, offset)
    case 'jsonb':
      return (
        buffer.writeUInt8(JSONB_VERSION, offset) -
        offset +
        buffer.write(value as string, offset + 1)
      )
    case 'bytea':
      return (value as Buffer).copy(buffer, offset)
    case 'boolean':
      return buffer.writeUInt8(booleanOf(value), offset) - offset
    case 'smallint':
      return buffer.writeInt16BE(value as number, offset) - offset
    case 'int':
      return buffer.writeInt32BE(value as number, offset) - offset
    case 'bigint':
      return buffer.writeBigInt64BE(BigInt(value as string | number), offset) - offset
    case 'timestamptz':
      return buffer.writeBigInt64BE(microsecondsOf(value as string), offset) - offset
  }
}

function booleanOf(value: unknown): number {
  if (typeof value !== 'boolean')
    throw new TypeError(`A boolean column cannot hold ${typeof value}`)
  return value ? 1 : 0
}

/** Returns the microseconds since 2000, PostgreSQL's epoch. @param time ISO 8601. */
function microsecondsOf(time: string): bigint {
  const milliseconds = Date.parse(time)
  if (Number.isNaN(milliseconds)) throw new TypeError(`Not a timestamp: ${time}`)
  return BigInt(milliseconds - YEAR_2000) * 1000n
}
