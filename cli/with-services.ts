import { openServices, type Services } from '#server/services/services.ts'
import { startPipeline } from '#server/services/start-pipeline.ts'
import type { CommandContext } from './context.ts'

/**
 * Calls `work` with the services of the server that runs the command, or with some opened just for it.
 *
 * @param options.works also works off what is due meanwhile, so that no other worker is needed.
 */
export async function withServices<T>(
  context: CommandContext,
  options: { works: boolean },
  work: (services: Services) => Promise<T>,
): Promise<T> {
  if (context.services) return work(context.services)
  const embedded = context.config.profile.kind === 'embedded'
  const services = await openServices(context.config, context.logger, { migrate: embedded })
  try {
    if (!options.works) return await work(services)
    const workers = await startPipeline(services)
    try {
      return await work(services)
    } finally {
      await workers.close()
    }
  } finally {
    await services.close()
  }
}
