import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openPglite } from '#app/db.server.ts'
import { type Config, readConfig } from '#app/env.server.ts'
import { createLogger } from '#app/logger.server.ts'
import { openQueues } from '#app/queues/queues.server.ts'
import { openServices, type Services } from '#server/services.ts'
import { templateName, templatePath } from './template.ts'

export interface TestServices {
  services: Services
  /** What a child process needs to reach the same services. */
  environment: Partial<NodeJS.ProcessEnv>
  close(): Promise<void>
}

/** The profile that this run of the tests is about. */
export function testProfile(): 'embedded' | 'external' {
  return readConfig().profile.kind
}

/**
 * A migrated database of its own, cloned from the template that `global-setup.ts` made, with queues
 * on it, on the profile of this test run. Closing removes it.
 */
export async function openTestServices(): Promise<TestServices> {
  return testProfile() === 'external' ? openExternal() : openEmbedded()
}

async function openExternal(): Promise<TestServices> {
  const { environment, drop } = await cloneDatabase()
  const config = readConfig({ ...process.env, ...environment })
  const services = await openServices(config, createLogger(config.LOG_LEVEL), { migrate: false })
  async function close(): Promise<void> {
    await services.close()
    await drop()
  }
  return { services, environment, close }
}

/** A clone of the template on the test run's PostgreSQL server, for processes of a test's own. */
export async function cloneDatabase(): Promise<{
  environment: Partial<NodeJS.ProcessEnv>
  drop: () => Promise<void>
}> {
  const server = process.env.DATABASE_URL as string
  const name = `whence_test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `create database ${name} template ${templateName()}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    environment: { ...testEnvironment(), DATABASE_URL: url.href },
    drop: () => onServer(server, `drop database if exists ${name} with (force)`),
  }
}

async function openEmbedded(): Promise<TestServices> {
  const dataDir = await mkdtemp(join(tmpdir(), 'whence-test-'))
  const environment = { ...testEnvironment(), DATA_DIR: dataDir }
  const config: Config = readConfig({ ...process.env, ...environment })
  const logger = createLogger(config.LOG_LEVEL)
  const loadDataDir = new Blob([await readFile(templatePath())])
  const database = await openPglite({ loadDataDir }, logger)
  const queues = await openQueues(database, config.profile, logger)
  async function close(): Promise<void> {
    await queues.close()
    await database.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  const services = { config, logger, database, queues, close }
  return { services, environment, close }
}

function testEnvironment(): Partial<NodeJS.ProcessEnv> {
  return { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
