/**
 * Tables that whole batches of rows are written into. From one declaration come the type of a row, the
 * statement that writes it, what a deletion erases, and the check against the database; so a new column
 * is named here, where its value is made, where GitHub is asked for it, and in a migration.
 */
import { type Columns, type ColumnType, isNullable, plainType, sentType } from './columns.ts'

export interface Table<C extends Columns = Columns, Key extends string = string, List = unknown> {
  /** In SQL. */
  name: string
  /** The fields of the key. Rows are written in its order, so that batches never wait in a circle. */
  key: readonly Key[]
  /** The columns that are written from GitHub's answers, by the names of a row's fields. */
  columns: C
  /** The others: what Whence itself knows of a row. */
  own?: Columns
  /** The list of a pull request that the rows are of, as its completeness is told. */
  list: List
  /** The kind of passages that the rows are found by; the last field of the key is their source. */
  passage?: string
  /** The fields that are emptied where a row stays though its thing was deleted on GitHub. */
  erased?: readonly string[]
  /** Writes rows; its parameters are the columns. */
  statement: string
}

interface Declaration<C extends Columns, Key extends string, List>
  extends Omit<Table<C, Key>, 'list' | 'erased' | 'statement'> {
  list?: List
  erased?: readonly (keyof C & string)[]
  upsert?: UpsertOptions<C>
}

/** SQL in which `n` is the given row, `excluded` the one to be written, and the table the stored one. */
interface UpsertOptions<C extends Columns> {
  /** Expressions for columns that are not stored as they are given. */
  values?: { readonly [Field in keyof C]?: string }
  /** A known row is written only where this holds, too. */
  where?: string
  /** Columns of our own that become null where a known row is written. */
  clears?: readonly string[]
  /** Rows that are not worth a write, by a common table expression. */
  skips?: { with: string; where: string }
}

/** @param declaration of which every row has a `readAt`: the start of the snapshot that read it. */
export function defineTable<
  const C extends Columns,
  const Key extends keyof C & string,
  const List extends string | undefined = undefined,
>(declaration: Declaration<C, Key, List>): Table<C, Key, List> {
  const { upsert = {}, ...table } = declaration
  return { ...table, list: table.list as List, statement: upsertStatement(table, upsert) }
}

type Target = Pick<Table, 'name' | 'key' | 'columns'>

function upsertStatement(table: Target, upsert: UpsertOptions<Columns>): string {
  const { skips } = upsert
  const source = `unnest(${arrays(table.columns)}) as n (${names(table.columns)})`
  if (!skips) return insertFrom(source, table, upsert)
  return `with ${skips.with}\n${insertFrom(`${source}\nwhere not ${skips.where}`, table, upsert)}`
}

/** An insert of rows that no later snapshot wrote. @param source of rows `n`. */
export function insertFrom(
  source: string,
  { name, key, columns }: Target,
  { values = {}, where, clears = [] }: UpsertOptions<Columns> = {},
): string {
  const given = Object.entries(columns).map(
    ([field, type]) => values[field] ?? stored(`n.${snakeCase(field)}`, type),
  )
  const target = key.map((field) => unique(snakeCase(field), columns[field] as ColumnType))
  const changed = Object.keys(columns).filter((field) => !key.includes(field))
  const set = [
    ...changed.map(snakeCase).map((column) => `${column} = excluded.${column}`),
    ...clears.map((field) => `${snakeCase(field)} = null`),
  ]
  return `insert into ${name} (${names(columns)})
select ${given.join(', ')}
from ${source}
order by ${key.map((field) => `n.${snakeCase(field)}`).join(', ')}
on conflict (${target.join(', ')}) do update set ${set.join(', ')}
where ${name}.read_at <= excluded.read_at${where ? ` and ${where}` : ''}`
}

function stored(value: string, type: ColumnType): string {
  const plain = plainType(type)
  if (plain === 'text[]') return `array(select jsonb_array_elements_text(${value}))`
  return plain === 'tsvector' ? `${value}::tsvector` : value
}

/** Null is a value among others in a key. */
function unique(column: string, type: ColumnType): string {
  return isNullable(type) ? `coalesce(${column}, 0)` : column
}

/** The columns as parameters of `unnest`. @param first the number of the first. */
export function arrays(columns: Columns, first = 1): string {
  return Object.values(columns)
    .map((type, index) => `$${first + index}::${sentType(type)}[]`)
    .join(', ')
}

/** The columns' names in SQL. */
export function names(columns: Columns): string {
  return Object.keys(columns).map(snakeCase).join(', ')
}

/** Assignments that leave nothing of what was said in a row. */
export function erasure({ columns, erased = [] }: Table): string {
  return erased
    .map((field) => `${snakeCase(field)} = ${empty(columns[field] as ColumnType)}`)
    .join(', ')
}

function empty(type: ColumnType): string {
  if (isNullable(type)) return 'null'
  if (type === 'text[]') return `'{}'`
  return type === 'jsonb' ? `'[]'` : `''`
}

/** `pullRequestId` as `pull_request_id`. */
export function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
