import { cancelRun } from '#app/ledger/decisions.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

/** Cancels a job permanently. */
export async function cancel(context: CommandContext, options: { job: string }): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    await cancelRun(pool, options.job, cliActor())
    await print(context, `Cancelled job ${options.job}`)
    return 0
  })
}
