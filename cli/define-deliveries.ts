import { type Command, Option } from 'commander'
import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'
import { positive, repositoryArgument } from './arguments.ts'
import type { CommandContext } from './context.ts'
import type { DeliveriesOptions, ListOptions } from './deliveries.ts'

type OnData = (name: string, run: (context: CommandContext) => Promise<number>) => Promise<void>

/** Defines the commands about what GitHub's webhook brings. */
export function defineDeliveries(program: Command, onData: OnData): void {
  const json = ['--json', 'print JSON', false] as const
  const deliveries = program
    .command('deliveries')
    .description("list, collect and handle again what GitHub's webhook brings")
  deliveries
    .command('list')
    .description('list the latest deliveries, newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(DELIVERY_STATES))
    .option('--event <name>', 'only those of this event, such as issue_comment')
    .option('--repo <name>', 'only those of this repository', (text) => repositoryArgument(text))
    .option('--limit <count>', 'how many', positive, 50)
    .option(...json)
    .action((flags: ListOptions) =>
      onData('deliveries', async (context) =>
        (await import('./deliveries.ts')).list(context, flags),
      ),
    )
  deliveries
    .command('redeliver')
    .description('handle a delivery once more')
    .argument('<guid>', 'the GUID of the delivery, as `whence deliveries list` shows it')
    .option(...json)
    .action((id: string, flags: DeliveriesOptions) =>
      onData('deliveries', async (context) =>
        (await import('./deliveries.ts')).redeliver(context, { ...flags, id }),
      ),
    )
  deliveries
    .command('pull')
    .description('collect now what GitHub could not deliver')
    .option(...json)
    .action((flags: DeliveriesOptions) =>
      onData('deliveries', async (context) =>
        (await import('./deliveries.ts')).pull(context, flags),
      ),
    )
}
