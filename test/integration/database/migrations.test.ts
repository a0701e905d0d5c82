import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, pendingMigrations } from '#app/database/migrations.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { Holder } from '#app/database/wait-for-locks.server.ts'
import { streamOf } from '../../services/connections.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let test_: TestServices
let pool: Pool
let folder: string

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
})
afterAll(() => test_.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whence-migrations-'))
  await pool.query('drop table if exists _prisma_migrations, one, two, three')
})
afterEach(() => rm(folder, { recursive: true }))

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'migration.sql'), sql)
}

async function writeThree(): Promise<void> {
  await write('1_one', 'create table one (n integer);\ninsert into one values (1);')
  await write('2_two', 'create table two (n integer);')
  await write('3_three', '-- ß\ncreate table three (n integer);')
}

async function tables(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables
     where schemaname = 'public' and tablename in ('one', 'two', 'three') order by to_regclass(tablename)::oid`,
  )
  return rows.map(({ name }) => name)
}

describe('the runner', () => {
  test('applies missing migrations in order of name', async () => {
    await writeThree()
    expect(await pendingMigrations(pool, folder)).toEqual(['1_one', '2_two', '3_three'])
    expect(await migrate(pool, folder)).toEqual(['1_one', '2_two', '3_three'])
    expect(await tables()).toEqual(['one', 'two', 'three'])
    expect(await pendingMigrations(pool, folder)).toEqual([])
    expect(await migrate(pool, folder)).toEqual([])
    await write('4_four', 'insert into one values (4)')
    expect(await pendingMigrations(pool, folder)).toEqual(['4_four'])
    expect(await migrate(pool, folder)).toEqual(['4_four'])
  })

  test('writes the same rows as `prisma migrate deploy`', async () => {
    await writeThree()
    await migrate(pool, folder)
    const { rows } = await pool.query(
      `select migration_name as name, checksum, applied_steps_count as steps,
         finished_at >= started_at as finished, rolled_back_at, logs, length(id) as id
       from _prisma_migrations order by migration_name`,
    )
    const names = ['1_one', '2_two', '3_three']
    const files = names.map((name) => readFile(join(folder, name, 'migration.sql')))
    const checksums = (await Promise.all(files)).map((bytes) =>
      createHash('sha256').update(bytes).digest('hex'),
    )
    expect(rows).toEqual(
      names.map((name, n) => ({
        name,
        checksum: checksums[n],
        steps: 1,
        finished: true,
        rolledBackAt: null,
        logs: null,
        id: 36,
      })),
    )
  })

  test('continues after a failed migration, which leaves no effects', async () => {
    await writeThree()
    await write('2_two', 'create table two (n integer);\ninsert into nothing values (1);')
    const failure = migrate(pool, folder)
    await expect(failure).rejects.toMatchObject({ name: 'OperatorError' })
    await expect(failure).rejects.toThrow('2_two failed and was rolled back: relation "nothing"')
    expect(await tables()).toEqual(['one'])
    await write('2_two', 'create table two (n integer);')
    expect(await migrate(pool, folder)).toEqual(['2_two', '3_three'])
  })

  test.each([2, 3, 4])('continues after a lost connection, at turn %d', async (turn) => {
    await writeThree()
    await expect(migrate(cutting(turn), folder)).rejects.toThrow()
    const complete = await tables()
    expect(complete).toEqual(['one', 'two', 'three'].slice(0, turn - 2))
    await migrate(pool, folder)
    expect(await tables()).toEqual(['one', 'two', 'three'])
    expect((await pool.query('select * from one')).rows).toEqual([{ n: 1 }])
  })

  test('applies each migration once if several start together', async () => {
    await writeThree()
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(pool, folder)))
    expect(applied.flat().sort()).toEqual(['1_one', '2_two', '3_three'])
    expect((await pool.query('select * from one')).rows).toEqual([{ n: 1 }])
  })
})

describe('the runner refuses, by name and with a hint,', () => {
  test('a file that was changed after it had been applied', async () => {
    await writeThree()
    await migrate(pool, folder)
    await write('2_two', 'create table two (n bigint);')
    await write('4_four', 'drop table one')
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      message: 'The migration 2_two was changed after it had been applied',
      hint: expect.stringContaining('prisma/migrations/2_two/migration.sql'),
    })
    expect(await tables()).toEqual(['one', 'two', 'three'])
  })

  test('an unknown migration', async () => {
    await writeThree()
    await migrate(pool, folder)
    await rm(join(folder, '3_three'), { recursive: true })
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      message: expect.stringContaining('3_three, which this version of Whence does not know'),
      hint: expect.stringContaining('version of Whence'),
    })
  })

  test('a statement that cannot run in a transaction', async () => {
    await write('1_one', 'create table one (n integer);\ncreate index concurrently on one (n);')
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringMatching(/1_one .*CREATE INDEX CONCURRENTLY cannot run inside a tran/),
      hint: expect.stringContaining('each migration runs in one transaction'),
    })
    expect(await tables()).toEqual([])
  })

  test('a migration that ends its own transaction', async () => {
    await write('1_one', 'create table one (n integer);\ncommit;')
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      name: 'OperatorError',
      message: 'The migration 1_one contains a transaction statement: commit;',
    })
    expect(await tables()).toEqual([])
  })
})

describeOnProfile('external', 'a migration behind a long transaction', () => {
  let other: pg.Client
  beforeEach(async () => {
    await writeThree()
    await migrate(pool, folder)
    await write('4_four', 'alter table one add column m integer')
    other = new pg.Client({ connectionString: test_.environment.DATABASE_URL })
    await other.connect()
    await other.query('begin; select * from one')
  })
  afterEach(() => other.end())

  test('makes nobody wait longer than three seconds, and says who holds the lock', async () => {
    const waited: Holder[][] = []
    const migrated = migrate(pool, folder, { waits: (_, holders) => void waited.push(holders) })
    const ended = sleep(6_000).then(() => other.query('commit'))
    await sleep(300)
    const before = performance.now()
    await pool.query('select * from one')
    expect(performance.now() - before).toBeLessThan(3_500)
    await ended
    expect(await migrated).toEqual(['4_four'])
    const { rows } = await other.query('select pg_backend_pid() as pid')
    expect(waited[0]).toMatchObject([{ pid: rows[0].pid, state: 'idle in transaction' }])
  })

  test('is given up with the session that holds the lock', async () => {
    const { rows } = await other.query('select pg_backend_pid() as pid')
    await expect(migrate(pool, folder, { totalMs: 100 })).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringMatching(
        `The migration 4_four did not get its locks: session ${rows[0].pid} .*idle in transaction`,
      ),
      hint: expect.stringContaining(`pg_terminate_backend(${rows[0].pid})`),
    })
  })
})

/** Returns a pool whose connections break before they commit, starting with client number `turn`. */
function cutting(turn: number): Pool {
  let clients = 0
  async function connect(): Promise<pg.PoolClient> {
    const client = await pool.connections.connect()
    if (++clients < turn) return client
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((...args: unknown[]) => {
      if ((args[0] as { text?: string }).text === 'commit') streamOf(client).destroy()
      return query(...args)
    }) as typeof client.query
    return client
  }
  return { ...pool, connections: { connect } } as unknown as Pool
}
