import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReaders } from '#app/auth/readers.server.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { type Database, openServer } from '#app/database/database.server.ts'
import {
  describeGaps,
  prepareReaderRole,
  READER_ROLE,
  readReaderRole,
} from '#app/database/reader-role.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { type PrivateServices, startPrivateServices } from '../../services/private-services.ts'
import { describeWithServers } from '../../services/requirements.ts'

const logger = createLogger('silent')
const LEAKPROOF = [
  'alter function ts_match_vq(tsvector, tsquery) leakproof',
  'alter function texticregexeq(text, text) leakproof',
]

// Roles belong to the whole server, so these tests have one of their own.
describeWithServers('the role of readers', () => {
  let servers: PrivateServices
  let admin: pg.Client

  beforeAll(async () => {
    servers = await startPrivateServices()
    admin = new pg.Client({ connectionString: servers.environment.DATABASE_URL })
    await admin.connect()
  }, 60_000)
  afterAll(async () => {
    await admin.end()
    await servers.close()
  })

  /** Makes a database that a login owns, with what only a superuser may install. */
  async function makeDatabase(name: string, rights = ''): Promise<URL> {
    const url = new URL(servers.environment.DATABASE_URL as string)
    await admin.query(`create role ${name} login password 'secret' ${rights}`)
    await admin.query(`create database ${name} owner ${name}`)
    url.pathname = `/${name}`
    await asAdmin(url, ['create extension vector', 'create extension pg_trgm'])
    return Object.assign(new URL(url), { username: name, password: 'secret' })
  }

  async function asAdmin(url: URL, statements: string[]): Promise<void> {
    const own = new URL(servers.environment.DATABASE_URL as string)
    own.pathname = url.pathname
    const client = new pg.Client({ connectionString: own.href })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }

  async function withMigrated(url: URL, work: (database: Database) => Promise<void>) {
    const database = await openServer(url.href, logger)
    try {
      await migrateAll(database, logger)
      await work(database)
    } finally {
      await database.close()
    }
  }

  async function readsAs(database: Database): Promise<string | undefined> {
    const reader = openReaders(database)(operatorScope())
    const { rows } = await reader.run((db) =>
      db.query<{ name: string }>('select current_user as name'),
    )
    return rows[0]?.name
  }

  test('is left to an administrator by a login that may not create it, and used from then on', async () => {
    const url = await makeDatabase('limited')
    await withMigrated(url, async (database) => {
      const before = describeGaps(await readReaderRole(database.pool))
      expect(before).toMatchObject([{ message: expect.stringContaining('as limited') }])
      const statements = [
        'create role whence_reader',
        'grant whence_reader to limited',
        ...LEAKPROOF,
      ]
      for (const one of statements) expect(before[0]?.hint).toContain(`${one};`)
      expect(await readsAs(database)).toBe('limited')

      await asAdmin(url, statements.slice(0, 2))
      await prepareReaderRole(database.direct)
      expect(await readsAs(database)).toBe(READER_ROLE)
      const managed = await readReaderRole(database.pool)
      expect(managed.open.sort()).toEqual(['code_chunk', 'passage', 'pull_request_file'])
      const [gap, ...more] = describeGaps(managed)
      expect([gap?.message, more]).toEqual([
        expect.stringContaining('does not cover code_chunk, passage, pull_request_file'),
        [],
      ])
      expect(gap?.hint).not.toContain('create role')

      await asAdmin(url, LEAKPROOF)
      const complete = await prepareReaderRole(database.direct)
      expect([complete.open, describeGaps(complete)]).toEqual([[], []])

      // What a restore of the database on another server forgets.
      await asAdmin(
        url,
        LEAKPROOF.map((one) => one.replace('leakproof', 'not leakproof')),
      )
      expect((await prepareReaderRole(database.direct)).open.sort()).toEqual(managed.open)
    })
    await admin.query('drop database limited with (force)')
    await admin.query('drop role limited, whence_reader')
  })

  test('is made by a login that may create roles', async () => {
    const url = await makeDatabase('creating', 'createrole')
    await withMigrated(url, async (database) => {
      expect((await readReaderRole(database.pool)).leaky).toHaveLength(2)
      expect(await readsAs(database)).toBe(READER_ROLE)
    })
    await admin.query('drop database creating with (force)')
    await admin.query('drop role creating, whence_reader')
  })

  test('is made once by migrations of several databases at the same time', async () => {
    const names = ['one', 'two', 'three']
    const urls = names.map((name) => {
      const url = new URL(servers.environment.DATABASE_URL as string)
      url.pathname = `/${name}`
      return url
    })
    for (const name of names) await admin.query(`create database ${name}`)
    await Promise.all(
      [...urls, ...urls].map((url) =>
        withMigrated(url, async (database) => expect(await readsAs(database)).toBe(READER_ROLE)),
      ),
    )
  }, 60_000)

  test('may read tables of later migrations', async () => {
    const url = new URL(servers.environment.DATABASE_URL as string)
    url.pathname = '/one'
    await withMigrated(url, async (database) => {
      await database.pool.query('create table later (id int)')
      expect((await prepareReaderRole(database.direct)).ungranted).toEqual([])
      await openReaders(database)(operatorScope()).run((db) => db.query('select from later'))
    })
  })

  test('that is taken away makes readers fail, rather than read everything', async () => {
    const url = new URL(servers.environment.DATABASE_URL as string)
    url.pathname = '/two'
    await withMigrated(url, async (database) => {
      const reader = openReaders(database)(operatorScope())
      const read = () => reader.run((db) => db.query('select from repository'))
      await read()
      await database.pool.query(`revoke select on repository from ${READER_ROLE}`)
      await expect(read()).rejects.toMatchObject({ code: '42501' })
    })
  })
})
