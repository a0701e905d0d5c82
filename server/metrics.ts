import { type RequestHandler, Router } from 'express'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { isOperator, type Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { within } from '#app/health/health.server.ts'
import { activeSlots, readWorkers } from '#app/ledger/active-workers.ts'
import { countOpenStages, oldestPending } from '#app/ledger/views/metrics.server.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import type { Admitted } from './access/admitted.ts'
import type { Services } from './services/services.ts'

const TIMEOUT_MS = 2_000
const COUNTERS = ['total', 'done', 'failed', 'gaps', 'cancelled', 'open'] as const

/** `/metrics` for Prometheus: current values from the process, the queue and the ledger. */
export function metricsRoutes(services: Services): Router {
  const ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })
  const scrape: RequestHandler = async (_req, res, next) => {
    const { scope } = res.locals as Admitted
    // The process and the queue are the whole server's.
    if (!isOperator(scope)) return next()
    try {
      const measured = await measure(services, scope)
      const registry = Registry.merge([ofProcess, measured])
      res.type(registry.contentType).send(await registry.metrics())
    } catch (error) {
      next(error)
    }
  }
  return Router().get('/metrics', scrape)
}

/** Creates a registry for each scrape, so that concurrent scrapes cannot mix. */
async function measure({ database, queues, logger }: Services, scope: Scope): Promise<Registry> {
  const registry = new Registry()
  const up = async (service: string, work: Promise<unknown>) => {
    const gauge = gaugeIn(
      registry,
      `whence_${service}_up`,
      `1 if the ${service} answers, otherwise 0.`,
      [],
    )
    try {
      await within(TIMEOUT_MS, work)
      gauge.set(1)
    } catch (error) {
      logger.warn({ err: error }, `could not read metrics from the ${service}`)
      gauge.set(0)
    }
  }
  await Promise.all([
    up('database', measureLedger(registry, database.web, scope)),
    up('queue', measureQueue(registry, queues.depth())),
  ])
  return registry
}

async function measureQueue(registry: Registry, depth: Promise<Record<StageName, number>>) {
  const found = await depth
  const name = 'whence_queue_depth'
  const gauge = gaugeIn(registry, name, 'Queue jobs that are waiting or active.', ['stage'])
  for (const stage of STAGES) gauge.set({ stage }, found[stage])
}

async function measureLedger(registry: Registry, db: Queryable, scope: Scope) {
  const [counts, oldest, workers, slots] = await Promise.all([
    countOpenStages(db, scope),
    oldestPending(db, scope),
    readWorkers(db),
    activeSlots(db),
  ])
  gaugeIn(registry, 'whence_workers', 'Running worker processes.', []).set(workers.length)
  const slotGauge = gaugeIn(
    registry,
    'whence_worker_slots',
    'Worker slots of all running workers.',
    ['stage'],
  )
  const ageGauge = gaugeIn(
    registry,
    'whence_pending_oldest_seconds',
    'Age of the oldest pending work item; 0 when none is pending.',
    ['stage'],
  )
  for (const stage of STAGES) {
    slotGauge.set({ stage }, slots[stage])
    ageGauge.set({ stage }, oldest.get(stage) ?? 0)
  }
  const itemGauge = gaugeIn(registry, 'whence_stage_items', 'Work items of open runs.', [
    'installation',
    'step',
    'stage',
    'counter',
  ])
  for (const { installation, step, stage, ...count } of counts)
    for (const counter of COUNTERS)
      itemGauge.set({ installation, step, stage, counter }, count[counter])
}

function gaugeIn<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[],
): Gauge<Label> {
  return new Gauge({ name, help, labelNames, registers: [registry] })
}
