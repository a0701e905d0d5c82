import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { type Database, migrateQueue, openDatabase } from '#app/database/database.server.ts'
import { migrate, pendingMigrations } from '#app/database/migrations.server.ts'
import { explainIfKnown } from '#app/database/problems.server.ts'
import {
  describeGaps,
  prepareReaderRole,
  type ReaderRole,
} from '#app/database/reader-role.server.ts'
import { describeHolder, type Waiting } from '#app/database/wait-for-locks.server.ts'
import { openQueues, type Queues } from '#app/queues/queues.server.ts'
import { checkRedis, redisOf } from '#app/queues/redis.server.ts'

/** Services that every process of Whence uses. */
export interface Services {
  config: Config
  logger: Logger
  database: Database
  queues: Queues
  close(): Promise<void>
}

/**
 * Opens the database and the queue of the configured profile.
 *
 * @param options.migrate applies missing migrations first, instead of refusing to start without them.
 * @throws OperatorError with a hint if a service cannot be used; nothing stays open.
 */
export async function openServices(
  config: Config,
  logger: Logger,
  options: { migrate: boolean },
): Promise<Services> {
  if (config.profile.kind === 'external') await checkRedis(redisOf(config.profile, config), logger)
  const database = await openDatabase(config.profile, logger)
  try {
    if (options.migrate) await migrateAll(database, logger)
    else await refuseUnmigrated(database)
    const queues = await openQueues(database, config.profile, logger)
    return { config, logger, database, queues, close: () => closeAll(queues, database) }
  } catch (error) {
    await database.close()
    throw error
  }
}

interface Migrated {
  /** The names of the applied migrations. */
  applied: string[]
  reader: ReaderRole
}

export async function migrateAll(database: Database, logger: Logger): Promise<Migrated> {
  const migrated = await applyAll(database, logger).catch((cause: unknown) => {
    throw explainIfKnown(cause)
  })
  const { applied, reader } = migrated
  if (applied.length > 0) logger.info({ applied }, 'the database was migrated')
  for (const { message, hint } of describeGaps(reader)) logger.warn(`${message}. ${hint}`)
  return migrated
}

async function applyAll(database: Database, logger: Logger): Promise<Migrated> {
  const waiting: Waiting = {
    waits: (what, holders) =>
      logger.warn({ holders: holders.map(describeHolder) }, `${what} waits for a lock`),
  }
  const applied = await migrate(database.direct, undefined, waiting)
  const reader = await prepareReaderRole(database.direct, waiting)
  await migrateQueue(database)
  return { applied, reader }
}

/** @throws OperatorError if the database lacks migrations of this code. */
export async function refuseUnmigrated(database: Database): Promise<void> {
  const pending = await pendingMigrations(database.pool)
  if (pending.length > 0)
    throw new OperatorError(
      `The database lacks migrations: ${pending.join(', ')}`,
      'Run `whence migrate` first, or start with `whence serve --migrate`.',
    )
}

async function closeAll(queues: Queues, database: Database): Promise<void> {
  try {
    await queues.close()
  } finally {
    await database.close()
  }
}
