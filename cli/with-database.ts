import { type Database, openDatabase } from '#app/database/database.server.ts'
import { refuseUnmigrated } from '#server/services/services.ts'
import type { CommandContext } from './context.ts'

/** Calls `work` with the database of the server that runs the command, or with one opened just for it. */
export async function withDatabase<T>(
  context: CommandContext,
  work: (database: Database) => Promise<T>,
  options: { unmigrated?: boolean } = {},
): Promise<T> {
  if (context.services) return work(context.services.database)
  const database = await openDatabase(context.config.profile, context.logger)
  try {
    if (!options.unmigrated) await refuseUnmigrated(database)
    return await work(database)
  } finally {
    await database.close()
  }
}
