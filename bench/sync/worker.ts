import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openPipeline } from '#server/services/pipeline.ts'
import { openServices } from '#server/services/services.ts'
import { QUICK } from '#test/support/ledger-checks.ts'
import { startWorkers } from '#workers/index.ts'

// A worker process to be killed: `whence work` with leases that expire within seconds.
const config = readConfig()
const logger = createLogger(config.LOG_LEVEL)
const services = await openServices(config, logger, { migrate: false })
const { handlers, initialItems } = openPipeline(services)
const slots = config.WORKER_CONCURRENCY
await startWorkers({
  ...services,
  handlers,
  initialItems,
  slots: { extraction: slots, transform: slots, embedding: slots },
  timings: QUICK,
})
process.stdout.write('ready\n')
