import { migrateAll } from '#server/services/services.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

/** Applies the missing migrations to the database. */
export async function migrate(context: CommandContext): Promise<number> {
  const applied = await withDatabase(context, (database) => migrateAll(database, context.logger), {
    unmigrated: true,
  })
  for (const name of applied) await print(context, `Applied ${name}`)
  if (applied.length === 0) await print(context, 'The database is up to date')
  return 0
}
