import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { databaseFailure } from '#app/database/failures.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openReader, SlowQueryError } from '#app/database/reader.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { openHealth } from '#app/health/health.server.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let opened: TestServices
beforeAll(async () => {
  opened = await openTestServices()
})
afterAll(() => opened.close())

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'none',
    (error: unknown) => databaseFailure(error) ?? error,
  )
}

describeOnProfile('external', 'the pools of a server', () => {
  let other: pg.Client
  beforeEach(async () => {
    other = new pg.Client({ connectionString: opened.environment.DATABASE_URL })
    await other.connect()
  })
  afterEach(() => other.end())

  async function lockTable(name: string): Promise<void> {
    await other.query(`begin; lock table ${name} in access exclusive mode`)
  }

  test('do not wait for each other', async () => {
    const { pool, web, vital } = opened.services.database
    const busy = [web, pool].flatMap((one) =>
      Array.from({ length: 12 }, () => failureOf(one.query('select pg_sleep(1.5)'))),
    )
    await sleep(200)
    const before = performance.now()
    await vital.query('select 1')
    expect(performance.now() - before).toBeLessThan(1_000)
    await Promise.all(busy)
  })

  test('a request waits two seconds at most for a lock, whatever it does', async () => {
    const { database } = opened.services
    const prisma = await database.prisma()
    await prisma.setting.count()
    await lockTable('setting')
    const before = performance.now()
    const failures = await Promise.all([
      failureOf(openReader({ ...database, pool: database.web }).run((db) => db.query(READ))),
      failureOf(database.web.query(READ)),
      failureOf(transaction(database.web, (tx) => tx.query('delete from setting'))),
      failureOf(prisma.setting.count()),
      failureOf(prisma.setting.deleteMany()),
      failureOf(prisma.$transaction((tx) => tx.setting.deleteMany())),
    ])
    expect(failures).toEqual(Array.from({ length: 6 }, () => 'locked'))
    expect(performance.now() - before).toBeLessThan(3_000)
    await other.query('rollback')
    expect(await prisma.setting.count()).toBe(1)
  })

  test('a statement of a request is ended by the server', async () => {
    const { database } = opened.services
    const reader = openReader({ ...database, pool: database.web })
    await expect(reader.run((db) => db.query('select pg_sleep(5)'))).rejects.toThrow(SlowQueryError)
    expect(await activeOn(other)).toEqual([])
  })

  test('a check of the health leaves no statement behind', async () => {
    const { database, queues } = opened.services
    await lockTable('_prisma_migrations')
    for (let times = 0; times < 4; times++) {
      expect(await openHealth(database, queues).database()).toMatchObject({ ok: false })
    }
    await expect.poll(() => activeOn(other), { timeout: 3_000 }).toEqual([])
    await other.query('rollback')
    expect(await openHealth(database, queues).database()).toMatchObject({ ok: true })
  })

  test('the limits end with the transaction', async () => {
    const { web, vital } = opened.services.database
    for (const pool of [web, vital]) expect(await limitsOf(pool)).toEqual(['0', '0'])
  })
})

const READ = 'select 1 from setting'

/** Returns the limits of a session between two transactions. */
async function limitsOf({ connections, query }: Pool): Promise<string[]> {
  await query('select 1')
  const { rows } = await connections.query(
    `select current_setting('statement_timeout') as a, current_setting('lock_timeout') as b`,
  )
  return [rows[0].a, rows[0].b]
}

/** Returns the statements of other sessions that run or wait. */
async function activeOn(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ query: string }>(
    `select query from pg_stat_activity where datname = current_database() and state <> 'idle'
       and pid <> pg_backend_pid()`,
  )
  return rows.map(({ query }) => query)
}
