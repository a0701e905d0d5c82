import pg from 'pg'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServer } from '#app/database/database.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { makeFolderTemplate } from './folder-template.ts'
import { templateName } from './template.ts'

const logger = createLogger('error')

/** Creates the template that every test database is cloned from, once per state of the migrations. */
export async function setup(): Promise<void> {
  const { profile } = readConfig()
  if (profile.kind === 'external') await makeServerTemplate(profile.databaseUrl)
  else await makeFolderTemplate()
}

async function makeServerTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    const name = templateName()
    const found = await client.query('select from pg_database where datname = $1', [name])
    if (found.rowCount) return
    const draft = `${name}_draft`
    await client.query(`drop database if exists ${draft} with (force)`)
    await client.query(`create database ${draft}`)
    const url = new URL(serverUrl)
    url.pathname = `/${draft}`
    const database = await openServer(url.href, logger)
    await migrateAll(database, logger)
    await database.close()
    await client.query(`alter database ${draft} rename to ${name}`)
  } finally {
    await client.end()
  }
}
