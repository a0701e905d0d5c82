import { resolveProvider } from '#app/embeddings/provider.ts'
import { startWorkers, type WorkerProcess } from '#workers/index.ts'
import { handlers, seed } from './pipeline.ts'
import type { Services } from './services.ts'

/** Starts this process's workers, with as many slots per stage as WORKER_CONCURRENCY says. */
export function startPipeline({
  config,
  logger,
  database,
  queues,
}: Services): Promise<WorkerProcess> {
  const slots = config.WORKER_CONCURRENCY
  return startWorkers({
    database,
    queues,
    logger,
    handlers,
    seed,
    embeddings: { config, provider: resolveProvider(config) },
    slots: { extraction: slots, transform: slots, embedding: slots },
  })
}
