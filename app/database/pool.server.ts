import type pg from 'pg'

/** The result of a statement: rows with camelCase names, and the number of rows returned or changed. */
export interface Result<Row> {
  rows: Row[]
  rowCount: number
}

/**
 * A handle that runs SQL: the pool, or the single connection of a transaction. Column names in SQL are
 * snake_case (`node_id`) and are returned in camelCase (`nodeId`).
 */
export interface Queryable {
  query<Row extends object = object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Result<Row>>
}

/** Time limits of statements, in milliseconds; the server ends one that exceeds them. */
export interface Limits {
  statementMs: number
  /** Of waiting for a lock: shorter than the whole, so that the error tells which of the two it was. */
  lockMs: number
}

/** The connections of one database. Each statement uses any free connection. */
export interface Pool extends Queryable {
  /** The driver's own pool, which returns SQL column names: for code that uses the driver directly. */
  connections: pg.Pool
  /** Statements with which every transaction begins: `set local`, or the like. */
  transactionSettings: string
  /** Limits of every transaction that has none of its own. */
  limits: Partial<Limits>
}

/** Any object of the driver that runs statements. */
type Driver = Pick<pg.ClientBase, 'query'>

/** Returns a pool whose statements outside of transactions have no settings and no limits. */
export function poolOf(
  connections: pg.Pool,
  transactionSettings = '',
  limits: Partial<Limits> = {},
): Pool {
  return { connections, transactionSettings, limits, ...queryable(connections) }
}

/**
 * Wraps a driver object as a {@link Queryable}: the only place where column names are converted.
 *
 * @param timeoutMs time after which the driver gives up a statement and its connection.
 */
export function queryable(
  driver: Driver,
  { timeoutMs }: { timeoutMs?: number | undefined } = {},
): Queryable {
  async function query<Row extends object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Result<Row>> {
    // Rows as arrays, so that each object is created once, with its final names.
    const config = { text, values, rowMode: 'array', query_timeout: timeoutMs }
    const answer = await driver.query<unknown[]>(config as pg.QueryArrayConfig)
    // A text with several statements, as in migrations, returns an array of results.
    return Array.isArray(answer) ? { rows: [], rowCount: 0 } : resultOf<Row>(answer)
  }
  return { query }
}

function resultOf<Row>({ rows, fields, rowCount }: pg.QueryArrayResult): Result<Row> {
  const names = fields.map(({ name }) => camelCase(name))
  const objects = rows.map((values) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) row[names[index] as string] = values[index]
    return row as Row
  })
  return { rows: objects, rowCount: rowCount ?? 0 }
}

const known = new Map<string, string>()

/** Converts `pull_request_id` to `pullRequestId`. */
export function camelCase(name: string): string {
  const seen = known.get(name)
  if (seen !== undefined) return seen
  const made = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  known.set(name, made)
  return made
}
