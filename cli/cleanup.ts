import { cleanUp, RETENTION } from '#app/sync/records/cleanup.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

interface CleanupOptions {
  /** Minimum age in milliseconds since the end of the run. */
  olderThan: number
  dryRun: boolean
}

/** Deletes settled work items, runs, dead workers and deliveries that exceed their retention period. */
export async function cleanup(context: CommandContext, options: CleanupOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const { signal } = context
    const retention = { ...RETENTION, items: options.olderThan }
    const { items, runs, workers, deliveries, records } = await cleanUp(pool, retention, {
      dryRun: options.dryRun,
      signal,
    })
    const verb = options.dryRun ? 'Would delete' : 'Deleted'
    await print(
      context,
      `${verb} ${items} work items, ${runs} jobs, ${workers} dead workers, ${deliveries} deliveries and ${records} raw records`,
    )
    return 0
  })
}
