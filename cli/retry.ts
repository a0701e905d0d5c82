import { retryRun } from '#app/ledger/decisions.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { warnOfMissingWorkers } from './missing-workers.ts'
import { withDatabase } from './with-database.ts'

/** Reopens the failed work items and the gaps of a job, or ends the waits of one in progress. */
export async function retry(context: CommandContext, options: { job: string }): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const items = await retryRun(pool, options.job, cliActor())
    await print(
      context,
      `Retrying ${items} work item${items === 1 ? '' : 's'} of job ${options.job}`,
    )
    const missing = await warnOfMissingWorkers(pool, context.config.profile)
    if (missing) await note(context, missing)
    return 0
  })
}
