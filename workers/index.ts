import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { warnOf } from '#app/database/failures.ts'
import { heartbeat, type Slots, signOff } from '#app/ledger/active-workers.ts'
import { deleteOldMinutes } from '#app/ledger/run-clock.ts'
import type { InitialItems } from '#app/ledger/runs.ts'
import type { Queues } from '#app/queues/queues.server.ts'
import { STAGES } from '#app/queues/stages.ts'
import { cleanUpNightly, retentionOf } from '#app/sync/records/cleanup.ts'
import type { Handlers } from './handlers.ts'
import { openLeases } from './leases.ts'
import { openRelay, type Relay } from './relay.ts'
import { type CrashPoint, runWork } from './run-work.ts'

/** Intervals in milliseconds; shortened by tests. */
export interface Timings {
  lease: number
  renew: number
  heartbeat: number
  sweep: number
  unclaimed: number
}

const TIMINGS: Timings = {
  lease: 30_000,
  renew: 10_000,
  heartbeat: 10_000,
  sweep: 1_000,
  unclaimed: 20_000,
}

/** A periodic task that any worker process may run. It must be safe to run in several processes at once. */
export interface PeriodicTask {
  everyMs: number
  /** @param push hands out new work of these stages at once. */
  run: (signal: AbortSignal, push: Relay['push']) => Promise<unknown>
}

export interface WorkerOptions {
  database: Database
  queues: Queues
  logger: Logger
  handlers: Handlers
  initialItems: InitialItems
  slots: Slots
  config: Pick<Config, 'AUDIT_DAYS'>
  tasks?: PeriodicTask[]
  timings?: Partial<Timings>
  reached?: (point: CrashPoint) => void
}

export interface WorkerProcess {
  id: string
  /** Takes no new work, finishes the work in progress, and removes the worker from the list. */
  close(): Promise<void>
}

/** Starts the workers of this process: one consumer per stage, the relay, heartbeats and lease renewals. */
export async function startWorkers(options: WorkerOptions): Promise<WorkerProcess> {
  const { queues, slots, reached } = options
  const { pool, vital } = options.database
  const timings = { ...TIMINGS, ...options.timings }
  const self = { id: randomUUID(), host: hostname(), pid: process.pid, slots }
  const logger = options.logger.child({ worker: self.id })

  const leases = openLeases(vital, timings.lease, logger)
  const relay = openRelay({
    ...options,
    ...{ pool, logger, unclaimedMs: timings.unclaimed, leaseMs: timings.lease, reached },
  })
  const closing = new AbortController()
  const { signal } = closing
  const retention = retentionOf(options.config)
  const runner = {
    pool,
    vital,
    handlers: options.handlers,
    leases,
    workerId: self.id,
    logger,
    leaseMs: timings.lease,
    stopping: signal,
    push: relay.push,
    ...(reached && { reached }),
  }

  await heartbeat(vital, self)
  const loops = [
    repeat(timings.heartbeat, () => heartbeat(vital, self), logger),
    repeat(timings.renew, leases.renewAll, logger),
    repeat(timings.sweep, relay.sweep, logger),
    repeat(60_000, () => deleteOldMinutes(pool), logger),
    repeat(60_000, () => cleanUpNightly(pool, retention, { logger, signal }), logger),
    ...(options.tasks ?? []).map((task) =>
      repeat(task.everyMs, () => task.run(signal, relay.push), logger),
    ),
  ]
  const consumers = STAGES.filter((stage) => slots[stage] > 0).map((stage) =>
    queues.consume(stage, slots[stage], async (batchId) => {
      await runWork(runner, batchId)
      relay.push([stage])
    }),
  )

  async function close(): Promise<void> {
    closing.abort()
    await Promise.all(consumers.map((consumer) => consumer.close()))
    await Promise.all(loops.map((stop) => stop()))
    await relay.drain()
    await signOff(pool, self.id).catch((error: unknown) =>
      logger.warn({ err: error }, 'the worker could not deregister'),
    )
  }
  return { id: self.id, close }
}

/**
 * Calls `work` immediately, and again `ms` after each call has ended. An error is logged, and the next call
 * is the retry.
 *
 * @returns a function that stops the repetition and waits for a call in progress.
 */
function repeat(ms: number, work: () => Promise<unknown>, logger: Logger): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()
  function turn(): void {
    current = work()
      .catch((error: unknown) => warnOf(logger, error, 'a periodic task failed'))
      .then(() => {
        if (!stopped) timer = setTimeout(turn, ms)
      })
  }
  turn()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await current
  }
}
