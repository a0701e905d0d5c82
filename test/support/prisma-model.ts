import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Column {
  table: string
  column: string
  /** In the format of PostgreSQL's `format_type`. */
  type: string
  nullable: boolean
  hasDefault: boolean
}

export interface Key {
  table: string
  kind: 'primary' | 'unique'
  columns: string[]
}

const SCHEMA = join(fileURLToPath(new URL('../..', import.meta.url)), 'prisma', 'schema.prisma')
const TYPES: Record<string, string> = {
  BigInt: 'bigint',
  Boolean: 'boolean',
  Bytes: 'bytea',
  DateTime: 'timestamp(3) without time zone',
  Float: 'double precision',
  Int: 'integer',
  Json: 'jsonb',
  String: 'text',
}
const NATIVE_TYPES: Record<string, string> = {
  'Timestamptz(6)': 'timestamp with time zone',
}
const FIELD = /^(\w+)\s+(\w+)(\?|\[\])?(.*)$/

/** Parses the tables in `prisma/schema.prisma`, since the generated client omits too much of it. */
export function readPrismaModel(): { tables: string[]; columns: Column[]; keys: Key[] } {
  const text = readFileSync(SCHEMA, 'utf8')
  const models = [...text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) =>
    parseModel(name as string, body as string),
  )
  return {
    tables: models.map(({ table }) => table),
    columns: models.flatMap(({ columns }) => columns),
    keys: models.flatMap(({ keys }) => keys),
  }
}

function parseModel(name: string, body: string) {
  const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name
  const lines = body.split('\n').map((line) => line.trim())
  const columns: Column[] = []
  const keys: Key[] = []
  const columnOf = new Map<string, string>()
  for (const line of lines) {
    const [, field, type, mark, attributes = ''] = FIELD.exec(line) ?? []
    if (!field || !type || !(type in TYPES)) continue
    const column = /(?<!@)@map\("(\w+)"\)/.exec(attributes)?.[1] ?? field
    columnOf.set(field, column)
    columns.push({
      table,
      column,
      type: typeOf(type, attributes) + (mark === '[]' ? '[]' : ''),
      nullable: mark === '?',
      hasDefault: attributes.includes('@default'),
    })
    if (/@id\b/.test(attributes)) keys.push({ table, kind: 'primary', columns: [column] })
    if (/@unique\b/.test(attributes)) keys.push({ table, kind: 'unique', columns: [column] })
  }
  for (const [, word, fields] of body.matchAll(/@@(id|unique)\(\[([\w, ]+)\]/g)) {
    const named = (fields as string).split(',').map((field) => field.trim())
    keys.push({
      table,
      kind: word === 'id' ? 'primary' : 'unique',
      columns: named.map((field) => columnOf.get(field) ?? field),
    })
  }
  return { table, columns, keys }
}

function typeOf(type: string, attributes: string): string {
  const native = /@db\.(\w+(?:\(\d+\))?)/.exec(attributes)?.[1]
  if (!native) return TYPES[type] as string
  const known = NATIVE_TYPES[native]
  if (!known) throw new Error(`test/support/prisma-model.ts does not know @db.${native}`)
  return known
}
