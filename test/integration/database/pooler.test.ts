import pg from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServer } from '#app/database/database.server.ts'
import { sharesSessions } from '#app/database/pooler.server.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import { indexSpace } from '#app/embeddings/index-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { migrateAll, openServices } from '#server/services/services.ts'
import { startStandIn } from '../../github/stand-in.ts'
import { type Pooler, type PoolMode, startPooler } from '../../services/pooler.ts'
import { describeWithPooler } from '../../services/requirements.ts'
import { cloneDatabase, type TestServices } from '../../services/setup.ts'
import { differencesTo } from '../../support/compare-synced.ts'
import { openSearchOf } from '../../support/search/search-of.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const ENGINE = ['acme/engine']
const until = new Date('2026-01-01')
const { signal } = new AbortController()
const logger = createLogger('silent')
const serverUrl = process.env.DATABASE_URL ?? ''

interface Cloned {
  url: string
  /** Services of which the database is reached through the pooler, or with the direct address, too. */
  open(direct?: 'direct'): Promise<TestServices>
}

async function withClone(pooler: Pooler, work: (clone: Cloned) => Promise<void>): Promise<void> {
  const { environment, drop } = await cloneDatabase()
  const url = environment.DATABASE_URL as string
  async function open(direct?: 'direct'): Promise<TestServices> {
    const own = {
      ...environment,
      DATABASE_URL: pooler.through(url),
      ...(direct && { DATABASE_DIRECT_URL: url }),
    }
    const config = readConfig({ ...process.env, ...own })
    const services = await openServices(config, logger, { migrate: true })
    return { services, environment: own, close: () => services.close() }
  }
  try {
    await work({ url, open })
  } finally {
    await drop()
  }
}

/** Returns what a session of the server has besides its defaults, in every connection of the pooler. */
async function leftInSessions(url: string): Promise<unknown[]> {
  const clients = Array.from({ length: 6 }, () => new pg.Client({ connectionString: url }))
  try {
    await Promise.all(clients.map((client) => client.connect()))
    await Promise.all(clients.map((client) => client.query('begin')))
    const found = await Promise.all(
      clients.map((client) =>
        client.query(
          `select name, setting from pg_settings where source = 'session'
             and name not in ('client_encoding', 'transaction_isolation', 'transaction_read_only',
               'transaction_deferrable', 'application_name')
           union all select 'lock', objid::text from pg_locks
             where locktype = 'advisory' and pid = pg_backend_pid()
           union all select 'prepared', name from pg_prepared_statements
           union all select 'cursor', name from pg_cursors where is_holdable
           union all select 'channel', channel from pg_listening_channels() channel
           union all select 'temporary', relname from pg_class where relpersistence = 't'`,
        ),
      ),
    )
    return found.flatMap(({ rows }) => rows)
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}

describeWithPooler('PostgreSQL behind a pooler', (program) => {
  describe.each(['transaction', 'session'] satisfies PoolMode[])('in %s mode', (mode) => {
    let pooler: Pooler
    beforeAll(async () => {
      pooler = await startPooler(program, serverUrl, mode)
    })
    afterAll(() => pooler[Symbol.asyncDispose]())

    test('an empty database is migrated', async () => {
      const name = `whence_test_empty_${mode}`
      const admin = new pg.Client({ connectionString: serverUrl })
      await admin.connect()
      try {
        await admin.query(`drop database if exists ${name} with (force)`)
        await admin.query(`create database ${name}`)
        const url = new URL(pooler.through(serverUrl))
        url.pathname = `/${name}`
        const database = await openServer(url.href, logger)
        const { applied } = await migrateAll(database, logger)
        expect(applied.length).toBeGreaterThan(5)
        await database.close()
      } finally {
        await admin.query(`drop database if exists ${name} with (force)`)
        await admin.end()
      }
    })

    test('a sync and a search work, and leave nothing in the sessions', async () => {
      await withClone(pooler, async ({ url, open }) => {
        const source = {
          kind: 'generated',
          login: 'acme',
          repositories: 1,
          pulls: 40,
          until,
        } as const
        await using standIn = await startedAs(source)
        standIn.changes.openPull({ repository: 'acme/engine', title: 'Moor the zeppelin' })
        await using sync = await openSync(standIn, { repositories: ENGINE }, { test: await open() })
        await sync.sync({ mode: 'full' })
        expect(await differencesTo(standIn, sync, { repositories: ENGINE })).toBe('')
        await countWords(sync.pool, 'external', signal)
        const search = openSearchOf(sync.pool)
        const answers = await Promise.all(
          Array.from({ length: 12 }, () =>
            search(operatorScope(), { query: 'zeppelin', mode: 'auto', limit: 5 }),
          ),
        )
        for (const { hits } of answers)
          expect(hits.map((hit) => hit.title)).toEqual(['Moor the zeppelin'])
        expect(await leftInSessions(pooler.through(url))).toEqual([])
      })
    })

    test('sessions that are given away are recognized', async () => {
      await withClone(pooler, async ({ open }) => {
        for (const direct of [undefined, 'direct'] as const) {
          const { services, close } = await open(direct)
          const { database } = services
          expect(await sharesSessions(database.direct)).toBe(mode === 'transaction' && !direct)
          await close()
        }
      })
    })

    test.each([undefined, 'direct'] as const)(
      'the vector index is built where a session lasts: %s',
      async (direct) => {
        await withClone(pooler, async ({ url, open }) => {
          const { services, close } = await open(direct)
          const { database, config } = services
          const provider = hashProvider(64)
          await fillSpace({ pool: database.pool, config, provider, logger, signal })
          const lines: string[] = []
          const spy = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
          await indexSpace({ database, logger: spy, signal, exactValues: -64 })
          const { rows } = await database.pool.query(
            `select indisvalid as valid from pg_index join pg_class c on c.oid = indexrelid
             where relname ~ '^embedding_nearest_'`,
          )
          const isBuilt = mode === 'session' || direct !== undefined
          expect(rows).toEqual(isBuilt ? [{ valid: true }] : [])
          expect(lines.join('')).toMatch(isBuilt ? /^$/ : /DATABASE_DIRECT_URL/)
          expect(await leftInSessions(pooler.through(url))).toEqual([])
          await close()
        })
      },
    )

    test('a start-up parameter is refused with the place where it comes from', async () => {
      const url = `${pooler.through(serverUrl)}?options=-c%20jit%3Doff`
      await expect(openServer(url, logger)).rejects.toMatchObject({
        message: expect.stringContaining('unsupported startup parameter'),
        hint: expect.stringContaining('`options` from DATABASE_URL'),
      })
    })
  })
})

async function startedAs(source: Parameters<typeof startStandIn>[0]['sources'][number]) {
  const standIn = await startStandIn({ sources: [source] })
  return { ...standIn, [Symbol.asyncDispose]: standIn.stop }
}
