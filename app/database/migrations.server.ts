import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '#app/config/errors.server.ts'
import { databaseFailure } from './failures.ts'
import type { Pool, Queryable } from './pool.server.ts'
import { type Waiting, waitForLocks } from './wait-for-locks.server.ts'

const FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const LOCK = 0x77686e63 // 'whnc'
const CANNOT_RUN_IN_TRANSACTION = '25001'
const ENDS_TRANSACTION = /^\s*(begin|start|commit|rollback)(\s+(work|transaction))?\s*;/im

interface Migration {
  name: string
  sql: string
  checksum: string
}

/**
 * Applies the missing migrations in order of name, each in one transaction together with its row in
 * `_prisma_migrations` (same table and checksums as `prisma migrate deploy`). A killed runner leaves only
 * complete migrations behind, and the next one continues from there. Concurrent runners wait for each other, and
 * no one else waits long behind a migration that waits for a lock.
 *
 * @returns the names of the migrations applied by this call.
 * @throws OperatorError if an applied file was changed or is missing, or if a lock is not given.
 */
export async function migrate(
  pool: Pool,
  folder: string = FOLDER,
  waiting: Waiting = {},
): Promise<string[]> {
  const migrations = migrationsIn(folder)
  await waitForLocks(pool, 'The table of the migrations', createTable, waiting)
  const applied: string[] = []
  for (const migration of migrations) {
    const apply = (tx: Queryable) => applyOnce(tx, migration, migrations)
    if (await waitForLocks(pool, `The migration ${migration.name}`, apply, waiting))
      applied.push(migration.name)
  }
  return applied
}

/** Returns the names of the migrations that this code contains and the database lacks. */
export async function pendingMigrations(pool: Queryable, folder = FOLDER): Promise<string[]> {
  const migrations = migrationsIn(folder)
  const { rows } = await pool.query<{ found: string | null }>(
    "select to_regclass('public._prisma_migrations') as found",
  )
  if (!rows[0]?.found) return migrations.map(({ name }) => name)
  const names = await appliedChecksums(pool)
  return migrations.filter(({ name }) => !names.has(name)).map(({ name }) => name)
}

async function createTable(tx: Queryable): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
  await tx.query(`create table if not exists public._prisma_migrations (
    id varchar(36) primary key,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count integer not null default 0)`)
}

async function applyOnce(tx: Queryable, migration: Migration, known: Migration[]) {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
  const applied = await appliedChecksums(tx)
  refuseChanges(applied, known)
  if (applied.has(migration.name)) return false
  await run(tx, migration)
  await tx.query(
    `insert into public._prisma_migrations
       (id, checksum, migration_name, finished_at, applied_steps_count)
     values ($1, $2, $3, clock_timestamp(), 1)`,
    [randomUUID(), migration.checksum, migration.name],
  )
  return true
}

async function run(tx: Queryable, { name, sql }: Migration): Promise<void> {
  const file = `prisma/migrations/${name}/migration.sql`
  const [statement] = ENDS_TRANSACTION.exec(sql) ?? []
  if (statement)
    throw new OperatorError(
      `The migration ${name} contains a transaction statement: ${statement.trim()}`,
      `Remove it from ${file}: each migration runs in one transaction.`,
    )
  try {
    await tx.query(sql)
  } catch (cause) {
    const { message, code } = cause as Error & { code?: string }
    if (databaseFailure(cause) === 'locked') throw cause
    throw new OperatorError(
      `The migration ${name} failed and was rolled back: ${message}`,
      code === CANNOT_RUN_IN_TRANSACTION
        ? `Rewrite ${file} without that statement: each migration runs in one transaction.`
        : 'Correct what the message names and run `whence migrate` again; it continues from there.',
      { cause },
    )
  }
}

async function appliedChecksums(db: Queryable): Promise<Map<string, string>> {
  const { rows } = await db.query<{ migrationName: string; checksum: string }>(
    `select migration_name, checksum from public._prisma_migrations
     where finished_at is not null and rolled_back_at is null`,
  )
  return new Map(rows.map((row) => [row.migrationName, row.checksum]))
}

function refuseChanges(applied: Map<string, string>, known: Migration[]): void {
  for (const [name, checksum] of applied) {
    const file = known.find((migration) => migration.name === name)
    if (!file)
      throw new OperatorError(
        `The database has the migration ${name}, which this version of Whence does not know`,
        'Run the version of Whence that applied it, or a newer one.',
      )
    if (file.checksum !== checksum)
      throw new OperatorError(
        `The migration ${name} was changed after it had been applied`,
        `Restore prisma/migrations/${name}/migration.sql and make the change in a new migration.`,
      )
  }
}

let shipped: Migration[] | undefined

/** Reads the files that belong to this code once: the check of the health asks for them again and again. */
function migrationsIn(folder: string): Migration[] {
  if (folder !== FOLDER) return readMigrations(folder)
  shipped ??= readMigrations(FOLDER)
  return shipped
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
