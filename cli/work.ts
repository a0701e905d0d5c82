import { OperatorError } from '#app/config/errors.server.ts'
import { openServices } from '#server/services/services.ts'
import { startPipeline } from '#server/services/start-pipeline.ts'
import { aborted, planShutdown } from '#server/shutdown.ts'
import { type CommandContext, note, print } from './context.ts'
import { SHUTDOWN_MS } from './serve.ts'

/** Workers without the web, as many processes and machines as there is work for; the external profile's. */
export async function work(context: CommandContext): Promise<number> {
  const { config, logger, signal } = context
  if (config.profile.kind === 'embedded')
    throw new OperatorError(
      'The embedded profile has one process: `whence serve` works already',
      'Set DATABASE_URL and REDIS_URL to run workers in processes of their own.',
    )
  const shutdown = planShutdown(logger, SHUTDOWN_MS)
  try {
    const services = await openServices(config, logger, { migrate: false })
    shutdown.add('services', services.close)
    const workers = await startPipeline(services)
    shutdown.add('workers', workers.close)
    await print(context, `Worker ${workers.id} is ready for ${config.WORKER_CONCURRENCY} per stage`)
    await aborted(signal)
    await note(context, 'Stopping: the work at hand is finished first')
  } catch (error) {
    await shutdown.run()
    if (signal.aborted) return 0
    throw error
  }
  return (await shutdown.run()) ? 0 : 1
}
