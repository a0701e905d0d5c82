import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { snakeCase } from '#app/database/define-table.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { DECLARED, readDeclaration } from '../../support/declared-tables.ts'
import type { Column, Key } from '../../support/prisma-model.ts'

let test_: TestServices
let pool: Pool

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
})
afterAll(() => test_.close())

async function columnsOf(name: string): Promise<Column[]> {
  const { rows } = await pool.query<Column>(
    `select table_name::text as table, column_name::text as column,
       case data_type when 'ARRAY' then substr(udt_name, 2) || '[]' else data_type end as type,
       is_nullable = 'YES' as nullable, column_default is not null or is_identity = 'YES' as has_default
     from information_schema.columns where table_schema = 'public' and table_name = $1
     order by column_name`,
    [name],
  )
  return rows
}

/** Returns the keys of a table; for an index on `coalesce(a, 0)`, the column `a`. */
async function keysOf(name: string): Promise<Key[]> {
  const { rows } = await pool.query<Key>(
    `select $1 as table, case when i.indisprimary then 'primary' else 'unique' end as kind,
       array(select coalesce(substring(definition, 'COALESCE\\((\\w+),'), definition)
         from generate_series(1, i.indnkeyatts) place,
           pg_get_indexdef(i.indexrelid, place, false) definition order by place) as columns
     from pg_index i where i.indrelid = to_regclass($1) and i.indisunique and i.indpred is null
     order by i.indisprimary desc`,
    [name],
  )
  return rows
}

// GitHub may withhold the number of pull requests of a repository: the stored number is kept, or else 0.
const NEVER_STORED_AS_NULL = new Set(['repository.pull_requests'])

describe.each(DECLARED.map((table) => [table.name, table] as const))('%s', (name, table) => {
  const declared = readDeclaration(table)

  test('matches its declaration in the database', async () => {
    const stored = await columnsOf(name)
    const columns = declared.columns
      .map((one) => ({
        ...one,
        nullable: one.nullable && !NEVER_STORED_AS_NULL.has(`${one.table}.${one.column}`),
      }))
      .sort((a, b) => (a.column < b.column ? -1 : 1))
    expect(stored.map(({ hasDefault: _, ...column }) => column)).toEqual(columns)
    expect(await keysOf(name)).toEqual(declared.keys)
  })

  test('can be written without our own columns', async () => {
    const own = new Set(Object.keys(table.own ?? {}).map(snakeCase))
    const needed = (await columnsOf(name)).filter((one) => !one.nullable && !one.hasDefault)
    expect(needed.filter(({ column }) => own.has(column))).toEqual([])
  })

  test('is written by a valid statement', async () => {
    await pool.query(`prepare written as ${table.statement}; deallocate written`)
    await expect(table.statement).toMatchFileSnapshot(`../../sql/${name}.sql`)
  })
})
