import type pg from 'pg'

/** What a statement answers: rows by camelCase names, and how many it returned or changed. */
export interface Result<Row> {
  rows: Row[]
  rowCount: number
}

/**
 * A handle that runs SQL: the pool, or the one connection that a transaction holds. Columns are named as SQL
 * names them (`node_id`) and arrive as TypeScript does (`nodeId`).
 */
export interface Queryable {
  query<Row extends object = object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Result<Row>>
}

/** The connections of one database. Each statement takes whichever is free. */
export interface Pool extends Queryable {
  /** The driver's own pool, whose rows keep the names of SQL: for what speaks to the driver itself. */
  connections: pg.Pool
}

/** Anything of the driver that runs a statement. */
type Driver = Pick<pg.ClientBase, 'query'>

export function poolOf(connections: pg.Pool): Pool {
  return { connections, ...queryable(connections) }
}

/**
 * Makes the driver's rows those of {@link Queryable}: the one place where names are converted.
 *
 * @param timeoutMs after which the driver gives a statement up, and its connection with it.
 */
export function queryable(driver: Driver, { timeoutMs }: { timeoutMs?: number } = {}): Queryable {
  async function query<Row extends object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Result<Row>> {
    // Rows as arrays, so that each object is made once, under its final names.
    const config = { text, values, rowMode: 'array', query_timeout: timeoutMs }
    const answer = await driver.query<unknown[]>(config as pg.QueryArrayConfig)
    // Several statements in one text, as migrations have them, answer a list of results.
    return Array.isArray(answer) ? { rows: [], rowCount: 0 } : resultOf<Row>(answer)
  }
  return { query }
}

function resultOf<Row>({ rows, fields, rowCount }: pg.QueryArrayResult): Result<Row> {
  const names = fields.map(({ name }) => camelCase(name))
  const objects = rows.map((values) => {
    const row: Record<string, unknown> = {}
    for (let at = 0; at < names.length; at++) row[names[at] as string] = values[at]
    return row as Row
  })
  return { rows: objects, rowCount: rowCount ?? 0 }
}

const known = new Map<string, string>()

/** `pull_request_id` as `pullRequestId`. */
export function camelCase(name: string): string {
  const seen = known.get(name)
  if (seen !== undefined) return seen
  const made = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  known.set(name, made)
  return made
}
