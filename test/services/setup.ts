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
  /** Environment for a child process that uses the same services. */
  environment: Partial<NodeJS.ProcessEnv>
  close(): Promise<void>
}

/** Returns the profile of this test run. */
export function testProfile(): 'embedded' | 'external' {
  return readConfig().profile.kind
}

/**
 * Opens a migrated database, cloned from the template of `global-setup.ts`, with queues, on the profile of
 * this test run. Closing deletes it.
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

/** Clones the template on the PostgreSQL server of the test run, with an empty data folder of its own. */
export async function cloneDatabase(): Promise<{
  environment: Partial<NodeJS.ProcessEnv>
  drop: () => Promise<void>
}> {
  const server = process.env.DATABASE_URL as string
  const name = `whence_test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `create database ${name} template ${templateName()}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const dataDir = await mkdtemp(join(tmpdir(), 'whence-test-'))
  return {
    environment: { ...testEnvironment(), DATABASE_URL: url.href, DATA_DIR: dataDir },
    async drop() {
      await onServer(server, `drop database if exists ${name} with (force)`)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** An emptied database of this process that is not in use. */
let spare: Database | null = null
/** The schema of the template, as described by {@link schemaOf}. */
let template = ''
/** The migrations of the template. */
let migrations = ''

/**
 * Opens an embedded database, which takes a second or two to start and warm up. If its schema is unchanged on
 * close, it is emptied and reused by this or the next test file in this process.
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
  const database = await openPglite({ template: await readFile(templatePath()) }, logger)
  // Closed queues leave their listeners behind, and this pool may outlive many queues.
  database.pool.connections.setMaxListeners(0)
  template ||= await schemaOf(database)
  migrations ||= await migrationsOf(database)
  return database
}

/** Deletes all rows and the table of rehearsals. Returns false if the schema or the migrations have changed. */
async function isEmptied({ pool }: Database): Promise<boolean> {
  await pool.query('drop table if exists rehearsal_effect')
  if ((await schemaOf({ pool })) !== template) return false
  // The tests of the runner leave the right table with migrations of their own.
  if ((await migrationsOf({ pool })) !== migrations) return false
  const { rows } = await pool.query<{ tables: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
     where schemaname in ('public', 'bullmq') and tablename not in ('_prisma_migrations', 'migration')`,
  )
  // The audit log refuses it otherwise.
  await pool.query(
    `set session_replication_role = replica; truncate ${rows[0]?.tables} restart identity cascade;
     insert into audit_head (entry_id, hash) values (0, '');
     set session_replication_role = origin`,
  )
  return true
}

async function migrationsOf({ pool }: Pick<Database, 'pool'>): Promise<string> {
  const { rows } = await pool.query<{ names: string | null }>(
    `select string_agg(migration_name, ' ' order by migration_name) as names from _prisma_migrations`,
  )
  return rows[0]?.names ?? ''
}

/**
 * Returns a digest of columns, indexes, triggers and functions; excludes sequences, of which BullMQ adds one
 * per queue.
 */
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
