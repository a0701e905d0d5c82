import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServices } from '#server/services/services.ts'
import { startWorkers } from '#workers/index.ts'
import type { CrashPoint } from '#workers/run-work.ts'
import { QUICK, requestEverything } from '../support/ledger-checks.ts'
import {
  addInstallation,
  createEffects,
  type RehearsalSize,
  rehearsalHandlers,
  seedOf,
} from '../support/rehearsal.ts'

/** The orders of a test to a worker process, as JSON in its first argument. */
export interface WorkerOrders {
  size: RehearsalSize
  slots: number
  /** Duration of each handler, in milliseconds. */
  handlerMs: number
  /** Kills the process with SIGKILL at the nth passage of this point. */
  dieAt?: { point: CrashPoint; passage: number }
  /** Creates the database, requests a run, and ends when no run is open (embedded profile). */
  complete?: boolean
}

// A worker process that tests start and kill.
const orders = JSON.parse(process.argv[2] ?? '{}') as WorkerOrders
const config = readConfig()
const logger = createLogger(config.LOG_LEVEL)
const services = await openServices(config, logger, { migrate: orders.complete ?? false })
const { pool } = services.database

async function askOnce(): Promise<void> {
  await createEffects(pool)
  const { rowCount } = await pool.query('select from installation')
  if (rowCount) return
  await requestEverything(services.database, await addInstallation(services.database))
}

let passages = 0
function reached(point: CrashPoint): void {
  if (point !== orders.dieAt?.point || ++passages < orders.dieAt.passage) return
  process.kill(process.pid, 'SIGKILL')
}

if (orders.complete) await askOnce()
const worker = await startWorkers({
  ...services,
  handlers: rehearsalHandlers({
    size: orders.size,
    visited: () => new Promise((done) => setTimeout(done, orders.handlerMs)),
  }),
  initialItems: seedOf(orders.size),
  slots: { extraction: orders.slots, transform: orders.slots, embedding: orders.slots },
  timings: QUICK,
  reached,
})
process.stdout.write('ready\n')

async function end(): Promise<void> {
  await worker.close()
  await services.close()
  process.exit(0)
}
process.on('SIGTERM', () => void end())

async function endWhenDone(): Promise<void> {
  const open = `select from run where state in ('queued', 'running', 'paused')`
  if ((await pool.query(open)).rowCount) setTimeout(() => void endWhenDone(), 100)
  else await end()
}
if (orders.complete) await endWhenDone()
