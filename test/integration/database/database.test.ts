import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#app/database/database.server.ts'
import { type Pool, type Queryable, queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import type { Consumer } from '#app/queues/queues.server.ts'
import { gate, streamOf } from '../../services/connections.ts'
import {
  type Ending,
  finish,
  type Play,
  readRows,
  type Task,
  writeAndLook,
} from '../../services/interleaving.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let test_: TestServices
let database: Database
let pool: Pool
let prisma: PrismaClient
let consumer: Consumer

const KINDS = ['ours', 'prisma', 'client', 'queue'] as const
const ENDINGS = ['commit', 'commit', 'rollback', 'error', 'break'] as const satisfies Ending[]
const play: Play = { tasks: new Map(), asked: new Set(), mixed: [] }
const consumed = new Map<string, () => void>()

beforeAll(async () => {
  test_ = await openTestServices()
  database = test_.services.database
  pool = database.pool
  prisma = await database.prisma()
  consumer = test_.services.queues.consume('transform', 3, async (id) => {
    const task = play.tasks.get(id as string)
    if (task) await inOurs(task).finally(consumed.get(task.id))
  })
})
afterAll(async () => {
  await consumer.close()
  await test_.close()
})

async function inOurs(task: Task): Promise<void> {
  await transaction(pool, async (tx) => {
    await writeAndLook(tx, play, task)
    await finish(tx, play, task)
  })
}

async function inPrisma(task: Task): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const query = ((sql: string, values: unknown[] = []) =>
      tx.$queryRawUnsafe(sql, ...values).then((rows) => ({ rows }))) as Queryable['query']
    await writeAndLook({ query }, play, task)
    // Prisma treats a swallowed error as success, unlike our own transactions.
    await finish({ query }, play, { ...task, end: task.end === 'break' ? 'error' : task.end })
  })
}

async function inClient(task: Task): Promise<void> {
  const client = await pool.connections.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    await writeAndLook(queryable(client), play, task)
    if (task.end === 'break') broken = new Error('broken inside its transaction')
    else await finish(queryable(client), play, task)
    if (!broken) await client.query('commit')
  } catch {
    await client.query('rollback')
  } finally {
    client.release(broken)
  }
}

async function inQueue(task: Task): Promise<void> {
  const done = new Promise<void>((resolve) => consumed.set(task.id, resolve))
  await test_.services.queues.add('transform', [{ id: task.id, priority: 0 }])
  await done
}

const RUN = { ours: inOurs, prisma: inPrisma, client: inClient, queue: inQueue }

describe('transactions of Prisma, of the queue and of our own', () => {
  test('stay isolated, however they interleave and end', async () => {
    let last = 0
    const task = fc.record({
      kind: fc.constantFrom(...KINDS),
      writes: fc.integer({ min: 1, max: 3 }),
      turns: fc.integer({ min: 0, max: 3 }),
      end: fc.constantFrom(...ENDINGS),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(task, { minLength: 2, maxLength: 12 }), async (drawn) => {
        const tasks = drawn.map((one) => ({ ...one, id: String(++last) }))
        for (const one of tasks) play.tasks.set(one.id, one)
        await Promise.allSettled(tasks.map((one) => RUN[one.kind](one)))
        expect(play.mixed).toEqual([])
        const kept = await readRows(pool)
        for (const one of tasks)
          expect([one, kept.get(one.id) ?? 0]).toEqual([one, one.end === 'commit' ? one.writes : 0])
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })

  test('complete 500 of 500 interactive ones, eight at a time', async () => {
    await pool.query('create table tally (n integer)')
    let left = 500
    async function one(): Promise<void> {
      while (left-- > 0)
        await prisma.$transaction(async (tx) => {
          await tx.$executeRaw`insert into tally values (1)`
          await tx.setting.findMany({ take: 1 })
          await tx.$executeRaw`update tally set n = n + 0 where n = 2`
        })
    }
    await Promise.all(Array.from({ length: 8 }, one))
    const { rows } = await pool.query('select count(*)::int as n from tally')
    expect(rows).toEqual([{ n: 500 }])
  })

  test('of 50 concurrent clients all complete', async () => {
    const sums = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        transaction(pool, async (tx) => {
          await tx.query('create temporary table mine (n integer) on commit drop')
          await tx.query('insert into mine select generate_series(1, $1)', [n])
          const { rows } = await tx.query<{ n: number }>('select count(*)::int as n from mine')
          return rows[0]?.n
        }),
      ),
    )
    expect(sums).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('of Prisma that time out before they begin do not block others', async () => {
    const holder = await pool.connections.connect()
    await holder.query('begin')
    const late = prisma.$transaction(async () => 'begun', { maxWait: 1 })
    const [outcome] = await Promise.allSettled([late])
    // A server may let it begin concurrently; the single session of the embedded database cannot.
    if (database.profile === 'embedded') expect(outcome.status).toBe('rejected')
    await holder.query('commit')
    holder.release()
    expect(await transaction(pool, async () => 'free')).toBe('free')
  })

  test('of Prisma that exceed their timeout are rolled back while idle', async () => {
    const written = gate()
    const idling = gate()
    const slow = prisma.$transaction(
      async (tx) => {
        await tx.setting.create({ data: { key: 'slow:1', value: 1 } })
        written.open()
        await idling.opened
        await tx.setting.count()
      },
      { timeout: 100 },
    )
    await written.opened
    if (database.profile === 'embedded') expect((await readRows(pool)).get('slow')).toBeUndefined()
    else await expect.poll(idleInTransaction).toBe(0)
    idling.open()
    await expect(slow).rejects.toThrow('expired transaction')
    expect((await readRows(pool)).get('slow')).toBeUndefined()
  })
})

describe('inside a transaction', () => {
  const outside = 'was used inside a transaction'

  test.each(['ours', "Prisma's"])(
    'the pool, Prisma and the queue are refused (in %s)',
    async (whose) => {
      async function tryAll(): Promise<void> {
        await expect(pool.query('select 1')).rejects.toThrow(outside)
        await expect(pool.connections.connect()).rejects.toThrow(outside)
        await expect(transaction(pool, async () => 1)).rejects.toThrow(outside)
        await expect((async () => prisma.setting.findMany())()).rejects.toThrow(outside)
        await expect((async () => prisma.$queryRaw`select 1`)()).rejects.toThrow(outside)
        await expect((async () => prisma.$transaction(async () => 1))()).rejects.toThrow(outside)
        const add = test_.services.queues.add('extraction', [{ id: '1', priority: 0 }])
        await expect(add).rejects.toThrow(outside)
      }
      await (whose === 'ours' ? transaction(pool, tryAll) : prisma.$transaction(tryAll))
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    },
  )

  test('does not affect another task that uses Prisma in the same tick', async () => {
    const asked = gate()
    const other = asked.opened.then(() => prisma.setting.findUnique({ where: { key: 'none' } }))
    await prisma.$transaction(async (tx) => {
      await tx.setting.count()
      asked.open()
      await tx.setting.count()
    })
    expect(await other).toBeNull()
  })

  test('a task left running may use the pool afterwards, but not the handle', async () => {
    const ended = gate()
    let left: Promise<unknown[]> = Promise.resolve([])
    await transaction(pool, async (tx) => {
      await tx.query('select 1')
      left = ended.opened.then(() =>
        Promise.allSettled([pool.query('select 1'), tx.query('select 1'), prisma.setting.count()]),
      )
    })
    ended.open()
    expect(await left).toMatchObject([
      { status: 'fulfilled' },
      {
        status: 'rejected',
        reason: { message: 'The transaction handle was used after the transaction had ended' },
      },
      { status: 'fulfilled' },
    ])
  })

  test('an ignored failure of a statement does not count as success', async () => {
    const passedOver = transaction(pool, async (tx) => {
      await tx.query(`insert into setting (key, value) values ('passed over', '1')`)
      await tx.query('select 1 / 0').catch(() => 'passed over')
      return 'a success'
    })
    await expect(passedOver).rejects.toThrow('Nothing was committed')
  })

  test('a broken connection rejects, and the process and the pool continue', async () => {
    const client = await pool.connections.connect()
    const lent = { ...pool, connections: { connect: async () => client } } as unknown as Pool
    const broken = transaction(lent, async (tx) => {
      await tx.query(`insert into setting (key, value) values ('broken', '1')`)
      streamOf(client).destroy(new Error('the network is gone'))
      await tx.query('select 1')
    })
    await expect(broken).rejects.toThrow()
    const { rows } = await pool.query(`select from setting where key in ('broken', 'passed over')`)
    expect(rows).toEqual([])
  })
})

describe('the columns of a row', () => {
  const sql = `select 1::bigint as node_id, true as is_draft, '{"max_prs": 5}'::jsonb as settings,
    2 as "alreadyCamel"`
  const values = { settings: { max_prs: 5 }, alreadyCamel: 2 }
  const ours = [{ nodeId: '1', isDraft: true, ...values }]

  test('have camelCase names, from the pool and from a transaction', async () => {
    const inside = await transaction(pool, (tx) => tx.query(sql))
    const bound = await pool.query(`${sql} where $1`, [true])
    for (const found of [await pool.query(sql), inside, bound])
      expect(found).toEqual({ rows: ours, rowCount: 1 })
  })

  test("keep their SQL names in the driver's own pool", async () => {
    const { rows } = await pool.connections.query(sql)
    expect(rows).toEqual([{ node_id: '1', is_draft: true, ...values }])
  })

  test('are empty for several statements in one text, and for an empty text', async () => {
    for (const text of [`${sql}; ${sql}`, ''])
      expect(await pool.query(text)).toEqual({ rows: [], rowCount: 0 })
  })

  test('are replaced by the number of changed rows if nothing is returned', async () => {
    const changed = await pool.query(`insert into setting (key, value) values ('counted', '1')`)
    expect(changed).toEqual({ rows: [], rowCount: 1 })
  })
})

async function idleInTransaction(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and state = 'idle in transaction'`,
  )
  return rows[0]?.n ?? 0
}
