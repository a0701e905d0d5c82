/** Erases a repository or an installation because a person asked for it, and records who did. */
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, operated, type Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { setSchedule } from '../requests/schedules.ts'
import { changeSettings } from '../settings/installation-settings.ts'
import { parseFilter } from '../settings/repository-filter.ts'
import { countRows } from './count-rows.ts'
import { beginInstallationErasure, eraseInstallation } from './erase-installation.ts'
import { beginErasure, eraseRepository } from './erase-repository.ts'
import { addRows, describeRows, type ErasedRows } from './erased-rows.ts'

export interface PurgeRequest {
  scope: ChangeScope
  actor: Actor
  dryRun?: boolean
  /** Stops the purge between two batches; the workers do the rest. */
  signal?: AbortSignal
}

export interface Purged {
  /** `owner/name`, or the account of the installation. */
  subject: string
  rows: ErasedRows
  /** False for a dry run, or if the workers erase the rest. */
  complete: boolean
  /** What was done, or would be, and what follows. */
  message: string
}

const BY_PERSON = 'purged by a person'

/**
 * Erases the copy of a repository and excludes it from further syncs.
 *
 * @throws RefusedError if there is no such repository in scope.
 */
export async function purgeRepository(
  database: Pick<Database, 'pool' | 'prisma'>,
  fullName: string,
  request: PurgeRequest,
): Promise<Purged> {
  const { pool } = database
  const found = await findRepository(pool, request.scope, fullName)
  const subject = found.fullName
  const planned = await countRows(pool, [found.id])
  if (request.dryRun)
    return { subject, rows: planned, complete: false, message: wouldErase(planned) }
  const prisma = await database.prisma()
  await changeSettings(prisma, found.installationId, (settings) => excluding(settings, subject))
  await transaction(pool, async (tx) => {
    await beginErasure(tx, found.id, BY_PERSON)
    await recordIn(tx, {
      ...{ actor: request.actor, action: 'repository.purged', subject },
      ...{ installationId: found.installationId, details: { rows: { ...planned } } },
    })
  })
  const { rows, complete } = await untilStopped(request.signal, planned, () =>
    eraseRepository(pool, found.id, { signal: request.signal }),
  )
  const next = `${subject} is excluded by repository_filter now, so that the next sync does not read it again.`
  return { subject, rows, complete, message: `${erased(rows, complete)} ${next}` }
}

/**
 * Erases all copies of an installation, cancels its jobs and turns its schedules off.
 *
 * @throws RefusedError if there is no such installation in scope.
 */
export async function purgeInstallation(
  database: Pick<Database, 'pool' | 'prisma'>,
  id: string,
  request: PurgeRequest,
): Promise<Purged> {
  const { pool } = database
  const { account: subject } = await findInstallation(pool, request.scope, id)
  const planned = await countInstallation(pool, id)
  if (request.dryRun)
    return { subject, rows: planned, complete: false, message: wouldErase(planned) }
  const prisma = await database.prisma()
  for (const mode of ['incremental', 'full'] as const)
    await setSchedule(prisma, id, mode, { off: true })
  await cancelOpenRuns(pool, id)
  const ids = await transaction(pool, async (tx) => {
    const begun = await beginInstallationErasure(tx, id, BY_PERSON)
    await recordIn(tx, {
      ...{ actor: request.actor, action: 'installation.purged', installationId: id },
      ...{ subject, details: { rows: { ...planned } } },
    })
    return begun
  })
  const { rows, complete } = await untilStopped(request.signal, planned, () =>
    eraseInstallation(pool, id, ids, { signal: request.signal }),
  )
  const next = 'Its schedules are off; the next sync is a first one.'
  return { subject, rows, complete, message: `${erased(rows, complete)} ${next}` }
}

function wouldErase(rows: ErasedRows): string {
  return `Would erase ${describeRows(rows)}.`
}

function erased(rows: ErasedRows, complete: boolean): string {
  return complete
    ? `Erased ${describeRows(rows)}.`
    : `Erasing ${describeRows(rows)}: nobody sees them any more, and the workers delete the rest.`
}

/** Runs an erasure. If the signal stops it, the planned counts stand for what the workers will do. */
async function untilStopped(
  signal: AbortSignal | undefined,
  planned: ErasedRows,
  erase: () => Promise<ErasedRows>,
): Promise<{ rows: ErasedRows; complete: boolean }> {
  try {
    const rows = await erase()
    // A worker that erases the same repository counts its own rows.
    const complete = rows.repositories === planned.repositories
    return { rows: complete ? rows : planned, complete }
  } catch (error) {
    if (signal?.aborted) return { rows: planned, complete: false }
    throw error
  }
}

interface Found {
  id: string
  installationId: string
  fullName: string
}

async function findRepository(db: Queryable, scope: Scope, fullName: string): Promise<Found> {
  const { values, bind } = parametersOf([fullName])
  const { rows } = await db.query<Found>(
    `select r.id, r.installation_id, r.full_name from repository r
     where lower(r.full_name) = lower($1) and ${operated(scope, 'r.installation_id')(bind)}
     order by r.id limit 1`,
    values,
  )
  if (rows[0]) return rows[0]
  throw new RefusedError(
    'unknown',
    `There is no copy of ${fullName}`,
    'GET /api/v1/repositories lists the repositories.',
  )
}

async function findInstallation(
  db: Queryable,
  scope: Scope,
  id: string,
): Promise<{ account: string }> {
  const { values, bind } = parametersOf([id])
  const { rows } = await db.query<{ account: string }>(
    `select account from installation where id = $1 and ${operated(scope, 'id')(bind)}`,
    values,
  )
  if (rows[0]) return rows[0]
  throw new RefusedError(
    'unknown',
    `There is no installation ${id}`,
    '`whence settings` lists the installations.',
  )
}

async function countInstallation(db: Queryable, id: string): Promise<ErasedRows> {
  const { rows } = await db.query<{ id: string }>(
    'select id from repository where installation_id = $1',
    [id],
  )
  return addRows(
    await countRows(
      db,
      rows.map((row) => row.id),
    ),
    {},
  )
}

async function cancelOpenRuns(pool: Database['pool'], installationId: string): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from run where installation_id = $1 and ${isOpenRun('run')} order by id desc`,
    [installationId],
  )
  for (const { id } of rows) await cancelRun(pool, id)
}

/** Returns settings under which no sync reads the repository. */
function excluding(
  settings: { repositories: string[]; repository_filter?: unknown },
  fullName: string,
) {
  const filter = parseFilter(settings.repository_filter ?? {})
  const isOther = (name: string) => name.toLowerCase() !== fullName.toLowerCase()
  return {
    repositories: settings.repositories.filter(isOther),
    repository_filter: { ...filter, exclude: [...filter.exclude.filter(isOther), fullName] },
  }
}
