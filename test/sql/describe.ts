/** Asks the database and the driver for the types of a statement, without running it. */
import pg from 'pg'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import type { Kind } from './kinds.ts'
import { mayBeNull, planOf } from './plan.ts'

export interface Described {
  /** PostgreSQL type names; those of arrays end with `[]`. */
  parameters: string[]
  columns: Column[]
}

export interface Column {
  /** The name in SQL. */
  name: string
  type: string
  /** The kind of the values that the driver returns; `unknown` is JSON. */
  kind: Kind
  mayBeNull: boolean
}

export interface Describer {
  /** @throws DatabaseError for a statement that the database rejects. */
  describe(sql: string): Promise<Described>
  release(): void
}

/** Holds a connection of its own until it is released. */
export async function openDescriber(pool: Pool): Promise<Describer> {
  const types = await readTypes(pool)
  const nullable = await readNullable(pool)
  const client = await pool.connections.connect()
  // Plans without values and indexes, so that every condition is a filter: a partial index could imply one.
  await client.query(`set plan_cache_mode = force_generic_plan; set enable_indexscan = off;
    set enable_indexonlyscan = off; set enable_bitmapscan = off`)
  const typeOf = (oid: number) => types.get(oid) ?? String(oid)
  async function describe(sql: string): Promise<Described> {
    const { parameters, fields } = await prepare(client, sql)
    const plan = fields.length > 0 ? await planOf(client, sql, parameters.length) : null
    const columns = fields.map(({ name, dataTypeID, tableID, columnID }, index) => {
      const isNullable = nullable.has(`${tableID}.${columnID}`)
      const type = typeOf(dataTypeID)
      const kind = kindOf(dataTypeID, type)
      return { name, type, kind, mayBeNull: plan !== null && mayBeNull(plan, index, isNullable) }
    })
    return { parameters: parameters.map(typeOf), columns }
  }
  return { describe, release: () => client.release(true) }
}

async function readTypes(db: Queryable): Promise<Map<number, string>> {
  const { rows } = await db.query<{ oid: number; name: string }>(
    `select t.oid, coalesce(e.typname || '[]', t.typname) as name
     from pg_type t left join pg_type e on e.oid = t.typelem and e.typarray = t.oid`,
  )
  return new Map(rows.map(({ oid, name }) => [oid, name]))
}

/** Returns the nullable columns as `<table oid>.<column number>`. */
async function readNullable(db: Queryable): Promise<Set<string>> {
  const { rows } = await db.query<{ place: string }>(
    `select a.attrelid || '.' || a.attnum as place
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where a.attnum > 0 and not a.attnotnull and c.relkind = 'r'`,
  )
  return new Set(rows.map(({ place }) => place))
}

interface Prepared {
  parameters: number[]
  fields: pg.FieldDef[]
}

/** Sends the protocol's Parse and Describe messages, for which the driver has no method. */
function prepare(client: pg.ClientBase, text: string): Promise<Prepared> {
  return new Promise((resolve, reject) => {
    const prepared: Prepared = { parameters: [], fields: [] }
    const note = ({ dataTypeIDs }: { dataTypeIDs: number[] }) => {
      prepared.parameters = dataTypeIDs
    }
    client.query({
      submit(connection: pg.Connection) {
        connection.on('parameterDescription', note)
        connection.parse({ name: '', text, types: [] }, true)
        connection.describe({ type: 'S', name: '' }, true)
        connection.sync()
      },
      handleRowDescription({ fields }: { fields: pg.FieldDef[] }) {
        prepared.fields = fields
      },
      handleReadyForQuery(connection: pg.Connection) {
        connection.off('parameterDescription', note)
        resolve(prepared)
      },
      handleError(error: Error, connection: pg.Connection) {
        connection.off('parameterDescription', note)
        reject(error)
      },
    })
  })
}

// A value of each type in the text format of the server; other types use a number.
const SAMPLES: Record<string, string> = {
  bool: 't',
  bytea: '\\x00',
  date: '2020-01-01',
  interval: '1 day',
  timestamp: '2020-01-01 00:00:00',
  timestamptz: '2020-01-01 00:00:00+00',
}

/** Returns the kind of a sample that the driver's own parser has parsed. */
function kindOf(oid: number, type: string): Kind {
  const element = type.replace('[]', '')
  if (element === 'json' || element === 'jsonb') return type.replace(element, 'unknown')
  const sample = SAMPLES[element] ?? '1'
  const text = type === element ? sample : `{"${sample.replace('\\', '\\\\')}"}`
  return kindOfValue(pg.types.getTypeParser(oid, 'text')(text))
}

/** Returns the kind of a value that the driver returned or accepts. */
export function kindOfValue(value: unknown): Kind {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `${kindOfValue(value[0])}[]`
  if (value instanceof Date) return 'Date'
  return Buffer.isBuffer(value) ? 'Buffer' : typeof value
}
