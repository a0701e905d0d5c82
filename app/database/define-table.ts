/**
 * Declares tables that are written in batches. One declaration provides the row type, the upsert statement,
 * the fields that a deletion erases, and the check against the database. A new column is added here, where
 * its value is computed, in the GitHub query, and in a migration.
 */
import { type Columns, type ColumnType, isNullable, plainType, sentType } from './columns.ts'

export interface Table<C extends Columns = Columns, Key extends string = string, List = unknown> {
  /** Name in SQL. */
  name: string
  /** Fields of the primary or unique key. Rows are written in key order, so that batches cannot deadlock. */
  key: readonly Key[]
  /** Columns written from GitHub's responses, by field name. */
  columns: C
  /** All other columns, which Whence maintains itself. */
  own?: Columns
  /** The list of a pull request that the rows belong to, as named in its completeness report. */
  list: List
  /** The kind of passages made from the rows; the last field of the key is their source. */
  passage?: string
  /** Fields that are emptied if the row stays after its object was deleted on GitHub. */
  erased?: readonly string[]
  /** Upserts rows; its parameters are the columns. */
  statement: string
}

interface Declaration<C extends Columns, Key extends string, List>
  extends Omit<Table<C, Key>, 'list' | 'erased' | 'statement'> {
  list?: List
  erased?: readonly (keyof C & string)[]
  upsert?: UpsertOptions<C>
}

/** SQL in which `n` is the given row, `excluded` the row to be written, and the table name the stored row. */
interface UpsertOptions<C extends Columns> {
  /** Expressions for columns that are not stored as given. */
  values?: { readonly [Field in keyof C]?: string }
  /** Additional condition for updating an existing row. */
  where?: string
  /** Columns of our own that become null when an existing row is updated. */
  clears?: readonly string[]
  /** Skips rows that need no write, by means of a common table expression. */
  skips?: { with: string; where: string }
}

/**
 * Declares a table. @param declaration columns including `readAt`, the start of the snapshot that read the
 * row.
 */
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

/** Returns an upsert that leaves rows of later snapshots unchanged. @param source of rows `n`. */
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

/** Makes null comparable to other values in a unique key. */
function unique(column: string, type: ColumnType): string {
  return isNullable(type) ? `coalesce(${column}, 0)` : column
}

/** Returns the columns as parameters of `unnest`. @param first number of the first parameter. */
export function arrays(columns: Columns, first = 1): string {
  return Object.values(columns)
    .map((type, index) => `$${first + index}::${sentType(type)}[]`)
    .join(', ')
}

/** Returns the SQL names of the columns. */
export function names(columns: Columns): string {
  return Object.keys(columns).map(snakeCase).join(', ')
}

/** Returns assignments that remove all text from a row. */
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

/** Converts `pullRequestId` to `pull_request_id`. */
export function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
