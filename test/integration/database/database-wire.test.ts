import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { columnsOf } from '#app/database/columns.ts'
import type { Database } from '#app/database/database.server.ts'
import { shareSession } from '#app/database/pglite/share-session.server.ts'
import { type Pool, poolOf } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { streamOf } from '../../services/connections.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

// The behavior of a client below our SQL must be the same on both profiles.

let test_: TestServices
let database: Database
let pool: Pool

beforeAll(async () => {
  test_ = await openTestServices()
  database = test_.services.database
  pool = database.pool
  await pool.query('create table thing (n integer primary key, text text)')
})
afterAll(() => test_.close())

async function one(sql: string, values: unknown[] = []): Promise<unknown> {
  const { rows } = await pool.query<{ value: unknown }>(sql, values)
  return rows[0]?.value
}

describe('a value is returned unchanged', () => {
  const text = 'naïve 日本 👩‍👩‍👧 \u2028 "\\" \n\t'
  test.each([
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['integer', -1, -1],
    ['numeric', '12345678901234567890.5', '12345678901234567890.5'],
    ['boolean', true, true],
    ['timestamptz', '2026-02-03T04:05:06.789+02:00', new Date('2026-02-03T02:05:06.789Z')],
    ['jsonb', JSON.stringify({ text, list: [1, null] }), { text, list: [1, null] }],
    ['json', `{"escaped": "\\u00e9", "a": 1}`, { escaped: 'é', a: 1 }],
    ['bytea', Buffer.from([0, 255, 92, 39]), Buffer.from([0, 255, 92, 39])],
    ['text[]', ['a', null, 'b,"c"', ''], ['a', null, 'b,"c"', '']],
    ['bigint[]', ['1', '9007199254740993'], ['1', '9007199254740993']],
    ['text', text, text],
    ['text', '', ''],
    ['text', null, null],
  ])('%s: %j', async (type, value, expected) => {
    expect(await one(`select $1::${type} as value`, [value])).toEqual(expected)
  })

  test.each([
    [
      'text',
      [text, null, '', 'a "b" \\ {c,d}', 'null'],
      [text, null, '', 'a "b" \\ {c,d}', 'null'],
    ],
    ['bigint', ['9223372036854775807', -1, null], ['9223372036854775807', '-1', null]],
    ['int', [2_147_483_647, -2_147_483_648, null], [2_147_483_647, -2_147_483_648, null]],
    ['smallint', [-32_768, null], [-32_768, null]],
    ['boolean', [true, null, false], [true, null, false]],
    [
      'timestamptz',
      ['2026-02-03T04:05:06.789+02:00', null, '1969-12-31T23:59:59Z'],
      [new Date('2026-02-03T02:05:06.789Z'), null, new Date('1969-12-31T23:59:59Z')],
    ],
    ['bytea', [Buffer.from([0, 255, 92, 39]), null], [Buffer.from([0, 255, 92, 39]), null]],
    ['jsonb', [{ text, list: [1, null] }, null], [{ text, list: [1, null] }, null]],
    ['text', [], []],
  ] as const)('a column of %s', async (type, values, expected) => {
    const rows: { value: unknown }[] = values.map((value) => ({ value }))
    const { rows: read } = await pool.query<{ value: unknown }>(
      `select value from unnest($1::${type}[]) as value`,
      columnsOf(rows, { value: type }),
    )
    expect(read.map(({ value }) => value)).toEqual(expected)
  })

  test.each([65_536, 5_000_000])('a text of %d characters', async (length) => {
    const long = 'ä'.repeat(length)
    expect(await one('select $1::text as value', [long])).toBe(long)
  })

  test('many parameters, and many rows', async () => {
    const values = Array.from({ length: 10_000 }, (_, n) => n)
    const list = values.map((n) => `$${n + 1}::int`).join(',')
    const { rows } = await pool.query<{ n: number }>(`select unnest(array[${list}]) as n`, values)
    expect(rows.map((row) => row.n)).toEqual(values)
  })

  test('no rows, no statement, several statements', async () => {
    expect((await pool.query('select 1 as one where false')).rows).toEqual([])
    expect((await pool.query('')).rows).toEqual([])
    const results = await pool.connections.query('select 1 as a; select 2 as b; delete from thing')
    expect((results as unknown as pg.QueryResult[]).map(({ rows }) => rows)).toEqual([
      [{ a: 1 }],
      [{ b: 2 }],
      [],
    ])
  })
})

describe('an error', () => {
  test.each([
    ['23505', 'insert into thing values (1), (1)'],
    ['42601', 'selekt 1'],
    ['42P01', 'select * from nothing'],
    ['22012', 'select 1 / 0'],
    ['22P02', `select 'x'::int`],
    ['25001', 'begin; create index concurrently on thing (n)'],
  ])('%s is returned, and the next statement works', async (code, sql) => {
    const client = await pool.connections.connect()
    await expect(client.query(sql)).rejects.toMatchObject({ code, severity: 'ERROR' })
    await client.query('rollback')
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    client.release()
  })

  test('does not affect concurrent statements', async () => {
    const sql = 'select 1 / $1::int as value'
    const outcomes = await Promise.allSettled([1, 0, 1].map((n) => pool.query(sql, [n])))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('keeps a transaction failed until its rollback, isolated from others', async () => {
    const client = await pool.connections.connect()
    await client.query('begin')
    await client.query('insert into thing values (2)')
    await expect(client.query('select $1::int / 0', [1])).rejects.toMatchObject({ code: '22012' })
    const other = pool.query('select count(*)::int as n from thing where n = 2')
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    client.release()
    expect((await other).rows).toEqual([{ n: 0 }])
  })
})

describe('a notification', () => {
  test('reaches each listening client once, after the commit', async () => {
    const [first, second] = [await pool.connections.connect(), await pool.connections.connect()]
    const received: string[] = []
    for (const [name, client] of Object.entries({ first, second })) {
      client.on('notification', ({ payload }) => received.push(`${name} ${payload}`))
      await client.query('listen news')
    }
    await pool.query(`select pg_notify('news', 'plain')`)
    await transaction(pool, (tx) => tx.query(`notify news, 'in a transaction'`))
    const undone = transaction(pool, async (tx) => {
      await tx.query(`notify news, 'undone'`)
      throw new Error('changed its mind')
    })
    await expect(undone).rejects.toThrow('changed its mind')
    await pool.query(`notify news, 'last'`)
    await expect
      .poll(() => received.sort())
      .toEqual(
        ['first', 'second'].flatMap((name) =>
          ['in a transaction', 'last', 'plain'].map((payload) => `${name} ${payload}`),
        ),
      )
    first.release(true)
    second.release(true)
  })
})

describe('a client', () => {
  test.each(['thrown away', 'ended', 'cut off'])(
    '%s in a transaction releases its rows',
    async (how) => {
      const client = await pool.connections.connect()
      await client.query('begin')
      await client.query('insert into thing values (3)')
      if (how === 'cut off') streamOf(client).destroy()
      client.release(how === 'ended' ? new Error('in a bad way') : true)
      await pool.query('insert into thing values (3)')
      await pool.query('delete from thing where n = 3')
    },
  )

  test('disconnected while its statement waits leaves no effects', async () => {
    const client = await pool.connections.connect()
    await client.query('begin')
    const waiting = client.query('insert into thing values (4)')
    streamOf(client).destroy()
    await expect(waiting).rejects.toThrow()
    client.release(true)
    expect(await one('select count(*)::int as value from thing where n = 4')).toBe(0)
  })

  test('does not starve timers while the database is busy', async () => {
    let ticks = 0
    let statements = 0
    const timer = setInterval(() => ticks++, 1)
    async function ask(): Promise<void> {
      while (ticks < 5) {
        await pool.query('select count(*) from generate_series(1, 10000)')
        statements++
      }
    }
    await Promise.all([ask(), ask(), ask()])
    clearInterval(timer)
    expect(statements).toBeGreaterThan(0)
  })
})

describeOnProfile('embedded', 'the single session', () => {
  test('is rolled back if a request throws, and serves the next client', async () => {
    let breaks = false
    const breaking = {
      async request(message: Uint8Array) {
        const answer = (await database.backend?.request(message)) as Uint8Array
        if (breaks) {
          breaks = false
          throw new Error('no space left on device')
        }
        return answer
      },
    }
    const own = new pg.Pool({ stream: shareSession(breaking), max: 2 } as pg.PoolConfig)
    own.on('connect', (client) => client.on('error', () => {}))
    const broken = transaction(poolOf(own), async (tx) => {
      await tx.query('insert into thing values (5)')
      breaks = true
      await tx.query('insert into thing values (6)')
    })
    await expect(broken).rejects.toThrow('no space left on device')
    const { rows } = await own.query('select count(*)::int as n from thing where n in (5, 6)')
    expect(rows).toEqual([{ n: 0 }])
    await own.end()
  })

  test('returns an error to every waiting client if the database is closed, without looping', async () => {
    const gone = { request: () => Promise.reject(new Error('PGlite is closed')) }
    const own = new pg.Pool({ stream: shareSession(gone), max: 8 } as pg.PoolConfig)
    own.on('connect', (client) => client.on('error', () => {}))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => own.query('select 1')),
    )
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await setImmediate()
    await own.end()
  })
})
