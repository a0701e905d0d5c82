import { warnOfInvalidSettings } from '#app/sync/settings/read-invalid.ts'
import { startWorkers, type WorkerProcess } from '#workers/index.ts'
import { openPipeline } from './pipeline.ts'
import type { Services } from './services.ts'

/** Starts this process's workers, with the slots per stage that WORKER_CONCURRENCY sets. */
export async function startPipeline(services: Services): Promise<WorkerProcess> {
  const { config, logger, database, queues } = services
  await warnOfInvalidSettings(database.pool, logger)
  const slots = config.WORKER_CONCURRENCY
  return startWorkers({
    database,
    queues,
    logger,
    ...openPipeline(services),
    slots: { extraction: slots, transform: slots, embedding: slots },
  })
}
