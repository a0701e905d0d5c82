import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { type Database, openServer } from '#app/database/database.server.ts'
import { openReader } from '#app/database/reader.server.ts'
import { costlySettings } from '#app/database/server-settings.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

describeOnProfile('external', 'the settings of a server', () => {
  let opened: TestServices
  let database: Database

  beforeAll(async () => {
    opened = await openTestServices()
    const { config, database: own } = opened.services
    if (config.profile.kind !== 'external') throw new Error('needs a server')
    const { rows } = await own.pool.query<{ name: string }>('select current_database() as name')
    await own.pool.query(`alter database ${rows[0]?.name} set jit = on`)
    database = await openServer(config.profile.databaseUrl, createLogger('silent'))
  })
  afterAll(async () => {
    await database.close()
    await opened.close()
  })

  test('never compile a search, and end an idle transaction, whatever the server says', async () => {
    const read = `select current_setting('jit') as jit,
      current_setting('idle_in_transaction_session_timeout') as idle`
    const { rows: server } = await database.direct.query(read)
    expect(server).toEqual([{ jit: 'on', idle: '0' }])
    const { rows: reading } = await openReader(database).run((db) => db.query(read), 1_000)
    const { rows: writing } = await transaction(database.pool, (tx) => tx.query(read))
    expect([...reading, ...writing]).toEqual(Array(2).fill({ jit: 'off', idle: '10s' }))
    expect((await database.direct.query(read)).rows).toEqual(server)
  })

  test('are not sent as start-up parameters, which poolers refuse', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select name from pg_settings where source = 'client'`,
    )
    const known = ['application_name', 'client_encoding']
    expect(rows.filter(({ name }) => !known.includes(name))).toEqual([])
  })
})

test('a setting that costs data or speed is named with what it costs', () => {
  const given = [
    { name: 'fsync', value: 'off' },
    { name: 'autovacuum', value: 'on' },
    { name: 'jit', value: 'on' },
  ]
  expect(costlySettings(given)).toMatchObject([
    { name: 'fsync', cost: 'a power cut can destroy the database', hint: 'Set fsync = on.' },
  ])
})
