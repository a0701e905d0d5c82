import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import type { RunRequest } from '#app/ledger/requests.ts'
import type { RunState } from '#app/ledger/run-states.ts'
import type { Trigger } from '#app/ledger/runs.ts'
import { PRIORITY_BOUNDS, STAGES } from '#app/queues/stages.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { type Column, type Key, readPrismaModel } from '../../support/prisma-model.ts'

let test_: TestServices
let pool: Pool

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
})
afterAll(() => test_.close())

// Total by type: adding or removing a member of these unions fails to compile here.
const RUN_STATES = {
  queued: true,
  running: true,
  paused: true,
  finished: true,
  finished_with_gaps: true,
  failed: true,
  cancelled: true,
} satisfies Record<RunState, true>
const REQUESTED_MODES = { full: true, incremental: true } satisfies Record<RunRequest['mode'], true>
const TRIGGERS = { schedule: true, manual: true, webhook: true, cli: true } satisfies Record<
  Trigger,
  true
>

function byName<T extends { table: string }>(rows: T[]): T[] {
  return rows
    .map((row) => [JSON.stringify(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)
}

describe("the tables of Prisma's model", () => {
  const { tables, columns, keys } = readPrismaModel()

  test('have the same columns, of the same types, nullability and defaults', async () => {
    const { rows } = await pool.query<Column>(
      `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
         not a.attnotnull as nullable, a.atthasdef or a.attidentity <> '' as has_default
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.oid = any($1::regclass[]) and a.attnum > 0 and not a.attisdropped`,
      [tables],
    )
    expect(byName(rows)).toEqual(byName(columns))
  })

  test('have the same primary and unique keys', async () => {
    // A partial index or an index on an expression is not a key of the table and cannot be expressed in
    // Prisma.
    const { rows } = await pool.query<Key>(
      `select c.relname as table, case when i.indisprimary then 'primary' else 'unique' end as kind,
         array(select a.attname::text from unnest(i.indkey) with ordinality k (n, place)
           join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n order by place) as columns
       from pg_index i join pg_class c on c.oid = i.indrelid
       where c.oid = any($1::regclass[]) and i.indisunique and i.indpred is null and i.indexprs is null`,
      [tables],
    )
    expect(byName(rows)).toEqual(byName(keys))
  })

  test('match: Prisma writes and reads a row of each', async () => {
    const prisma = await test_.services.database.prisma()
    const installation = await prisma.installation.create({
      data: { kind: 'app', externalId: 'schema', account: 'schema', settings: { a: [1] } },
    })
    const rule = { every: 60 }
    const schedule = await prisma.schedule.create({
      data: { installationId: installation.id, mode: 'full', rule },
    })
    expect(await prisma.installation.findMany({ include: { schedules: true } })).toEqual([
      { ...installation, active: true, settings: { a: [1] }, schedules: [{ ...schedule, rule }] },
    ])
    const setting = await prisma.setting.create({ data: { key: 'schema', value: [null] } })
    expect(await prisma.setting.findMany({ where: { key: 'schema' } })).toEqual([
      { ...setting, value: [null] },
    ])
    const hash = Buffer.from([0, 255])
    const token = await prisma.apiToken.create({ data: { name: 'schema', hash, prefix: 'w' } })
    expect(await prisma.apiToken.findMany()).toEqual([{ ...token, hash: new Uint8Array(hash) }])
  })
})

test("our tables have no names in common with the queue's", async () => {
  const { rows } = await pool.query(
    `select tablename from pg_tables where schemaname = 'public' intersect
     select tablename from pg_tables where schemaname = 'bullmq'`,
  )
  expect(rows).toEqual([])
  if (test_.services.database.profile === 'external') return
  const queue = await pool.query(`select from pg_tables where schemaname = 'bullmq'`)
  expect(queue.rowCount).toBeGreaterThan(0)
})

describe('the words in a CHECK are those of the code:', () => {
  test.each([
    ['run', 'state', Object.keys(RUN_STATES)],
    ['run', 'mode', [...Object.keys(REQUESTED_MODES), 'targeted', 'code']],
    ['run', 'trigger', Object.keys(TRIGGERS)],
    ['stage', 'stage', STAGES],
    ['work_item', 'state', ['pending', 'done', 'failed', 'gap', 'cancelled']],
    ['batch', 'state', ['queued', 'running']],
    ['work_item', 'reason', ['rate_limit', 'provider', 'retrying', 'database']],
    ['installation', 'kind', ['app', 'local', 'token']],
    ['schedule', 'mode', Object.keys(REQUESTED_MODES)],
  ])('%s.%s', async (table, column, words) => {
    expect((await wordsOf(table, column)).sort()).toEqual([...words].sort())
  })

  test('work_item.priority', async () => {
    const { rows } = await pool.query<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint
       where conrelid = 'work_item'::regclass and conname = 'work_item_priority_check'`,
    )
    const bounds = rows[0]?.definition.match(/\d+/g)?.map(Number)
    expect(bounds).toEqual([PRIORITY_BOUNDS.lowest, PRIORITY_BOUNDS.highest])
  })
})

async function wordsOf(table: string, column: string): Promise<string[]> {
  const { rows } = await pool.query<{ definition: string }>(
    `select pg_get_constraintdef(k.oid) as definition from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
     where k.contype = 'c' and k.conrelid = to_regclass($1) and a.attname = $2`,
    [table, column],
  )
  return rows.flatMap(({ definition }) =>
    [...definition.matchAll(/'(\w+)'/g)].map(([, word]) => word as string),
  )
}
