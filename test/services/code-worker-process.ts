import { operatorScope } from '#app/auth/scope.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { requestIngest } from '#app/code/ingest/request-ingest.ts'
import { requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { openPipeline } from '#server/services/pipeline.ts'
import { openServices } from '#server/services/services.ts'
import type { Handlers } from '#workers/handlers.ts'
import { startWorkers } from '#workers/index.ts'
import type { CodeOrders, CodePoint } from './code-points.ts'

// A process that tests start and kill.
const orders = JSON.parse(process.argv[2] ?? '{}') as CodeOrders
const config = readConfig()
const logger = createLogger(config.LOG_LEVEL)
const services = await openServices(config, logger, { migrate: false })
const { pool } = services.database

function dieAt(point: CodePoint): void {
  if (point === orders.dieAt) process.kill(process.pid, 'SIGKILL')
}

function mortal(handlers: Handlers): Handlers {
  return {
    ...handlers,
    async 'github_code/extraction'(items, context) {
      const settlement = await handlers['github_code/extraction'](items, context)
      if (items.some(({ payload }) => payload.kind === 'list')) dieAt('list')
      return settlement
    },
    async 'github_code/transform'(items, context) {
      const settlement = await handlers['github_code/transform'](items, context)
      dieAt('files')
      return settlement
    },
    async 'github_code/embedding'(items, context) {
      const settlement = await handlers['github_code/embedding'](items, context)
      for (const { payload } of items) dieAt(payload.kind)
      return settlement
    },
  }
}

for (const dataset of orders.datasets)
  await requestIngest(
    openIngest({ pool, config, github: null }),
    { scope: operatorScope(), actor: 'cli test', trigger: 'cli' },
    'core',
    requestedIngest.parse({ repo: orders.repository, dataset }),
  )
const pipeline = openPipeline(services, 20)
const workers = await startWorkers({
  ...services,
  ...pipeline,
  handlers: mortal(pipeline.handlers),
  slots: { extraction: 2, transform: 2, embedding: 1 },
  timings: { lease: 1_000, renew: 200, heartbeat: 200, sweep: 50, unclaimed: 1_000 },
})

async function endWhenDone(): Promise<void> {
  const { rowCount } = await pool.query(`select from run where ${isOpenRun('run')}`)
  if (rowCount > 0) return void setTimeout(() => void endWhenDone(), 50)
  await workers.close()
  await services.close()
  process.exit(0)
}
await endWhenDone()
