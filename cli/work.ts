import { OperatorError } from '#app/config/errors.server.ts'
import { openServices } from '#server/services/services.ts'
import { startPipeline } from '#server/services/start-pipeline.ts'
import { aborted, planShutdown } from '#server/shutdown.ts'
import { type CommandContext, note, print } from './context.ts'
import { SHUTDOWN_MS } from './serve.ts'

/** Runs workers without the web server, in any number of processes and machines; external profile only. */
export async function work(context: CommandContext): Promise<number> {
  const { config, logger, signal } = context
  if (config.profile.kind === 'embedded')
    throw new OperatorError(
      'On the embedded profile the workers run inside `whence serve`',
      'Set DATABASE_URL and REDIS_URL to run workers in separate processes.',
    )
  const shutdown = planShutdown(logger, SHUTDOWN_MS)
  try {
    const services = await openServices(config, logger, { migrate: false })
    shutdown.add('services', services.close)
    const workers = await startPipeline(services)
    shutdown.add('workers', workers.close)
    await print(
      context,
      `Worker ${workers.id} is ready, with ${config.WORKER_CONCURRENCY} slots per stage`,
    )
    await aborted(signal)
    await note(context, 'Stopping: finishing the current work first')
  } catch (error) {
    await shutdown.run()
    if (signal.aborted) return 0
    throw error
  }
  return (await shutdown.run()) ? 0 : 1
}
