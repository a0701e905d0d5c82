import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Config, readConfig } from '#app/config/env.server.ts'
import { createLogger, type Logger } from '#app/config/logger.server.ts'
import { type Database, openPglite } from '#app/database/database.server.ts'
import { openQueues } from '#app/queues/queues.server.ts'
import { openServices, type Services } from '#server/services/services.ts'
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

/** An emptied database of this process that nobody has at the moment. */
let spare: Database | null = null
/** The schema of the template, as {@link schemaOf} describes it. */
let template = ''

/**
 * An embedded database takes a second or two to start and to warm up: one whose schema is as it was
 * is emptied and used again, by this test file or by the next one in this process.
 */
async function openEmbedded(): Promise<TestServices> {
  const dataDir = await mkdtemp(join(tmpdir(), 'whence-test-'))
  const environment = { ...testEnvironment(), DATA_DIR: dataDir }
  const config: Config = readConfig({ ...process.env, ...environment })
  const logger = createLogger(config.LOG_LEVEL)
  const database = takeSpare() ?? (await openTemplate(logger))
  const queues = await openQueues(database, config.profile, logger)
  async function close(): Promise<void> {
    await queues.close()
    if (!spare && (await isEmptied(database))) spare = database
    else await database.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  const services = { config, logger, database, queues, close }
  return { services, environment, close }
}

function takeSpare(): Database | null {
  const taken = spare
  spare = null
  return taken
}

async function openTemplate(logger: Logger): Promise<Database> {
  const loadDataDir = new Blob([await readFile(templatePath())])
  const database = await openPglite({ loadDataDir }, logger)
  // Closed queues leave their listeners behind, and this pool may see many of them.
  database.pool.connections.setMaxListeners(0)
  template ||= await schemaOf(database)
  return database
}

/** Removes every row, and the table of rehearsals; false where more than rows was changed. */
async function isEmptied({ pool }: Database): Promise<boolean> {
  await pool.query('drop table if exists rehearsal_effect')
  if ((await schemaOf({ pool })) !== template) return false
  const { rows } = await pool.query<{ tables: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
     where schemaname in ('public', 'bullmq') and tablename not in ('_prisma_migrations', 'migration')`,
  )
  await pool.query(`truncate ${rows[0]?.tables} restart identity cascade`)
  return true
}

/** A digest of columns, indexes, triggers and functions; BullMQ adds a sequence for each of its queues. */
async function schemaOf({ pool }: Pick<Database, 'pool'>): Promise<string> {
  const { rows } = await pool.query<{ digest: string }>(
    `select md5(string_agg(part, ' ' order by part)) as digest from (
       select concat_ws('.', n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull) as part
       from pg_attribute a join pg_class c on c.oid = a.attrelid
         join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'bullmq') and a.attnum > 0 and c.relkind <> 'S'
       union all select tgname from pg_trigger where not tgisinternal
       union all select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'bullmq')) parts`,
  )
  return rows[0]?.digest as string
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
