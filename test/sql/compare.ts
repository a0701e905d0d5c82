/** Compares a statement's types in TypeScript with those in the database. */
import { camelCase } from '#app/database/pool.server.ts'
import type { Column, Described } from './describe.ts'
import type { Kind } from './kinds.ts'
import { ANY, type Row } from './statements.ts'

// The kinds of values that a parameter of each type accepts; other types accept strings.
const TAKES: Record<string, Kind[]> = {
  bool: ['boolean'],
  bytea: ['Buffer'],
  date: ['Date', 'string'],
  float4: ['number'],
  float8: ['number'],
  int2: ['number'],
  int4: ['number'],
  int8: ['bigint', 'number', 'string'],
  numeric: ['number'],
  oid: ['number'],
  halfvec: ['Buffer', 'string'],
  'halfvec[]': ['Buffer'],
  timestamptz: ['Date', 'string'],
}
// PostgreSQL's own names for the types that `columnsOf` writes.
const NAMES: Record<string, string> = {
  boolean: 'bool',
  bigint: 'int8',
  smallint: 'int2',
  int: 'int4',
  // Sent as text or JSON: `unnest` would flatten nested arrays.
  tsvector: 'text',
  'text[]': 'jsonb',
}

export function compareParameters({ parameters }: Described, values: Kind[][]): string[] {
  if (parameters.length !== values.length)
    return [`it has ${parameters.length} parameters, and is given ${values.length} values`]
  return parameters.flatMap((type, index) => {
    const wrong = (values[index] ?? []).filter((kind) => !takes(type, kind))
    if (wrong.length === 0) return []
    const taken = takenBy(type).join(' or ')
    return [`$${index + 1} is ${type} and is given ${wrong.join(', ')}: give it ${taken}`]
  })
}

function takenBy(type: string): Kind[] {
  const element = type.replace('[]', '')
  if (element === type || TAKES[type]) return TAKES[type] ?? ['string']
  return takenBy(element).map((kind) => `${kind}[]`)
}

function takes(type: string, kind: Kind): boolean {
  if (kind === 'null' || kind === 'undefined') return true
  if (kind.startsWith('binary ')) return kind === `binary ${type}` || nameOf(kind) === type
  return (
    takenBy(type).includes(kind) || (/^(null|undefined)\[\]$/.test(kind) && type.endsWith('[]'))
  )
}

function nameOf(kind: Kind): string {
  const name = kind.slice('binary '.length, -2).replace('?', '')
  return `${NAMES[name] ?? name}[]`
}

export function compareColumns({ columns }: Described, row: Row): string[] {
  if (!row)
    return columns.flatMap(({ name }) =>
      isEffect(name) ? [] : [`it returns ${name} without a row type: write query<{ … }>`],
    )
  const names = columns.map(({ name }) => camelCase(name))
  const missing = Object.keys(row).filter(
    (field) => field !== ANY && !names.includes(field) && !row[field]?.includes('undefined'),
  )
  return [
    ...missing.map((field) => `it does not return ${field}, which the row type has`),
    ...columns.flatMap((column, index) => {
      const kinds = row[names[index] ?? '']
      return !kinds && row[ANY] ? [] : compareColumn(column, kinds)
    }),
  ]
}

/** Recognizes a function that is called for its side effect, by the column name. */
function isEffect(name: string): boolean {
  return name === 'set_config' || name.startsWith('pg_')
}

function compareColumn(column: Column, kinds: Kind[] | undefined): string[] {
  const { name, type, kind, mayBeNull } = column
  if (!kinds)
    return [`it returns ${name}, which the row type does not have: select only what is read`]
  const wrong = kinds.filter((one) => !gives(kind, one))
  const isNull = mayBeNull && !kinds.includes('null') && !kinds.includes('unknown')
  return [
    ...(wrong.length > 0
      ? [`${name} is ${type}, which arrives as ${kind}, and the row type has ${wrong.join(', ')}`]
      : []),
    ...(isNull ? [`${name} may be null: add null to the row type`] : []),
  ]
}

function gives(kind: Kind, wanted: Kind): boolean {
  if (wanted === 'null' || wanted === 'undefined') return true
  if (kind === 'unknown') return !/^(Date|Buffer|bigint|dated object)/.test(wanted)
  if (kind.endsWith('[]'))
    return wanted.endsWith('[]') && gives(kind.slice(0, -2), wanted.slice(0, -2))
  return wanted === kind
}
