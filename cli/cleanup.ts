import { cleanUp, retentionOf } from '#app/sync/records/cleanup.ts'
import { cleanUpCode } from '#server/services/code.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, print } from './context.ts'
import { countOf } from './count-of.ts'
import { withDatabase } from './with-database.ts'

interface CleanupOptions {
  /** Minimum age in milliseconds since the end of the run. */
  olderThan: number
  dryRun: boolean
}

/**
 * Deletes settled work items, runs, dead workers, deliveries and entries of the audit log that exceed their
 * retention period, the code of branches that are gone, and what no search of code sees.
 */
export async function cleanup(context: CommandContext, options: CleanupOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const { signal } = context
    const retention = { ...retentionOf(context.config), items: options.olderThan }
    const { items, runs, workers, deliveries, records, auditEntries } = await cleanUp(
      pool,
      retention,
      {
        dryRun: options.dryRun,
        signal,
      },
    )
    const verb = options.dryRun ? 'Would delete' : 'Deleted'
    await print(
      context,
      `${verb} ${items} work items, ${runs} jobs, ${workers} dead workers, ${deliveries} deliveries, ${records} raw records and ${auditEntries} entries of the audit log`,
    )
    const code = await cleanUpCode(
      { ...context, pool },
      { actor: cliActor(), dryRun: options.dryRun, signal },
    )
    await print(
      context,
      `${verb} ${countOf(code.dead.length, 'dead ref')} of code, ${countOf(code.chunks, 'unused chunk')} and ${countOf(code.clones, 'unused clone')} (${Math.ceil(code.bytes / 1e6)} MB)`,
    )
    for (const name of code.dead) await print(context, `  ${name}`)
    return 0
  })
}
