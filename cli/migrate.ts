import { describeGaps } from '#app/database/reader-role.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

/** Applies the missing migrations to the database, and says what it has no right to do. */
export async function migrate(context: CommandContext): Promise<number> {
  const { applied, reader } = await withDatabase(
    context,
    (database) => migrateAll(database, context.logger),
    { unmigrated: true },
  )
  for (const name of applied) await print(context, `Applied ${name}`)
  if (applied.length === 0) await print(context, 'The database is up to date')
  for (const { message, hint } of describeGaps(reader)) await print(context, `${message}. ${hint}`)
  return 0
}
