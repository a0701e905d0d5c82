import { OperatorError } from '#app/config/errors.server.ts'
import { rotateSecrets } from '#app/github/connection/store-connection.ts'
import { endSplitting } from '#app/search/write/split-texts.ts'
import { warnOfInvalidSettings } from '#app/sync/settings/read-invalid.ts'
import { startWorkers, type WorkerProcess } from '#workers/index.ts'
import { openPipeline } from './pipeline.ts'
import type { Services } from './services.ts'

/** Starts this process's workers, with the slots per stage that WORKER_CONCURRENCY sets. */
export async function startPipeline(services: Services): Promise<WorkerProcess> {
  const { config, logger, database, queues } = services
  await warnOfInvalidSettings(database.pool, logger)
  await sealWithNewKey(services)
  const slots = config.WORKER_CONCURRENCY
  const workers = await startWorkers({
    config,
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

/** A key that is lost is shown where the secrets are needed; what needs none goes on. */
async function sealWithNewKey({ config, database, logger }: Services): Promise<void> {
  try {
    const secrets = await rotateSecrets({ ...database, config })
    if (secrets > 0) logger.info({ secrets }, 'stored secrets were sealed with the new key')
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    logger.warn({ hint: error.hint }, error.message)
  }
}
