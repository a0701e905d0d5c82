import { endSplitting } from '#app/search/write/split-texts.ts'
import { warnOfInvalidSettings } from '#app/sync/settings/read-invalid.ts'
import { startWorkers, type WorkerProcess } from '#workers/index.ts'
import { openPipeline } from './pipeline.ts'
import type { Services } from './services.ts'

/** Starts this process's workers, with the slots per stage that WORKER_CONCURRENCY sets. */
export async function startPipeline(services: Services): Promise<WorkerProcess> {
  const { config, logger, database, queues } = services
  await warnOfInvalidSettings(database.pool, logger)
  const slots = config.WORKER_CONCURRENCY
  const workers = await startWorkers({
    database,
    queues,
    logger,
    ...openPipeline(services),
    slots: { extraction: slots, transform: slots, embedding: slots },
  })
  async function close(): Promise<void> {
    await workers.close()
    await endSplitting()
  }
  return { id: workers.id, close }
}
