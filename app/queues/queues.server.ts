import { once } from 'node:events'
import { createPostgresBackend, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type pg from 'pg'
import type { Profile } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { logOutage } from '#app/config/outage-log.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { readIdentity } from '#app/database/identity.server.ts'
import { refuseInside } from '#app/database/transaction.server.ts'
import { type BatchPayload, batchPayload } from './batch-payload.ts'
import { connectRedis } from './redis.server.ts'
import { STAGES, type StageName } from './stages.ts'

interface QueueBatch {
  id: string
  priority: number
}

export interface Consumer {
  /** Stops taking queue jobs and waits for those in flight. */
  close(): Promise<void>
}

export interface Queues {
  /** Keeps what belongs to this database in Redis apart from what belongs to others. */
  prefix: string
  /** Rejects immediately while the queue's service is down: the ledger hands out the batches' items again. */
  add(stage: StageName, batches: QueueBatch[]): Promise<void>
  /** Returns the number of waiting and active queue jobs per stage. Rejects while the service is down. */
  depth(): Promise<Record<StageName, number>>
  consume(stage: StageName, slots: number, run: (batchId: string) => Promise<void>): Consumer
  close(): Promise<void>
}

/** How BullMQ reaches its service: through Redis, or through the pool of the embedded database. */
interface Backend {
  connect(role: 'producer' | 'worker'): Redis | pg.Pool
  disconnect(connection: Redis | pg.Pool): void
  factory: typeof createPostgresBackend | undefined
  /** Returns a handler for BullMQ's error events that logs an outage in one line instead of thousands. */
  report(connection: Redis | pg.Pool): (error: Error) => void
  /** Keeps two databases that share one Redis apart. */
  prefix: string
  logger: Logger
}

// A queue job held by a dead worker is retried without limit: the ledger, not the queue, decides when an item
// has failed.
const MAX_STALLED_COUNT = 1_000_000
const JOB_OPTIONS = { attempts: 1, removeOnComplete: { count: 100 }, removeOnFail: { count: 100 } }

/** Opens BullMQ's queues, one per stage, on Redis or on the embedded database. */
export async function openQueues(
  database: Database,
  profile: Profile,
  logger: Logger,
): Promise<Queues> {
  const backend = await chooseBackend(database, profile, logger)
  const connection = backend.connect('producer')
  if ('status' in connection) await connectOrLeave(connection)
  const queues = Object.fromEntries(
    STAGES.map((stage) => [stage, openQueue(backend, connection, stage)]),
  ) as Record<StageName, Queue>

  async function depthOf(stage: StageName): Promise<[StageName, number]> {
    const counts = await queues[stage].getJobCounts('waiting', 'prioritized', 'active')
    return [stage, Object.values(counts).reduce((sum, count) => sum + count, 0)]
  }

  return {
    prefix: backend.prefix,
    async add(stage, batches) {
      refuseInside('The queue')
      await queues[stage].addBulk(
        batches.map(({ id, priority }) => ({
          name: stage,
          data: { batch: id } satisfies BatchPayload,
          opts: { priority },
        })),
      )
    },
    async depth() {
      return Object.fromEntries(await Promise.all(STAGES.map(depthOf))) as Record<StageName, number>
    },
    consume: (stage, slots, run) => openConsumer(backend, { stage, slots, run }),
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()))
      backend.disconnect(connection)
    },
  }
}

/** Connects, or disconnects after a failure: the client would keep retrying and keep the process alive. */
async function connectOrLeave(redis: Redis): Promise<void> {
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw error
  }
}

async function chooseBackend(
  database: Database,
  profile: Profile,
  logger: Logger,
): Promise<Backend> {
  const shared = { prefix: `whence-${await readIdentity(database.pool)}`, logger }
  function warn(error: Error): void {
    logger.warn({ err: error }, 'the queue reported an error')
  }
  if (profile.kind === 'embedded')
    return {
      ...shared,
      connect: () => database.pool.connections,
      disconnect: () => {},
      factory: createPostgresBackend,
      report: () => warn,
    }
  const outage = logOutage(
    logger,
    'Redis',
    'check that it is running. Meanwhile work waits in PostgreSQL',
  )
  return {
    ...shared,
    connect: (role) => connectRedis(profile.redisUrl, role, outage),
    disconnect: (connection) => (connection as Redis).disconnect(),
    factory: undefined,
    report: (connection) => (error) =>
      (connection as Redis).status === 'ready' ? warn(error) : outage.away(error),
  }
}

function openQueue(
  { prefix, factory, report }: Backend,
  connection: ReturnType<Backend['connect']>,
  stage: StageName,
): Queue {
  const options = { connection, prefix, defaultJobOptions: JOB_OPTIONS }
  // BullMQ types its two backends differently; which one is used is only known at run time.
  const queue = new Queue(stage, options as never, factory as never)
  queue.on('error', report(connection))
  return queue
}

function openConsumer(
  { connect, disconnect, prefix, factory, report, logger }: Backend,
  { stage, slots, run }: { stage: StageName; slots: number; run(batchId: string): Promise<void> },
): Consumer {
  const connection = connect('worker')
  const options = {
    connection,
    prefix,
    concurrency: slots,
    maxStalledCount: MAX_STALLED_COUNT,
    ...JOB_OPTIONS,
  }
  const atWork = new Set<Promise<void>>()
  const worker = new Worker(
    stage,
    async (job) => {
      const work = run(batchPayload.parse(job.data).batch)
      atWork.add(work)
      await work.finally(() => atWork.delete(work))
    },
    options as never,
    factory as never,
  )
  worker.on('error', report(connection))
  let starting = true
  const ready = worker
    .waitUntilReady()
    .catch((error: unknown) => {
      logger.warn({ err: error, stage }, 'the queue could not be reached')
    })
    .finally(() => {
      starting = false
    })
  return {
    async close() {
      // If closed while it starts, the PostgreSQL backend would never release a client of the pool.
      if (factory && starting) await Promise.all([worker.pause(true), ready])
      if ('status' in connection) await closeOnRedis(worker, connection, atWork)
      else await worker.close()
      disconnect(connection)
    },
  }
}

/** Closes a worker without waiting for an unreachable Redis to come back, as an orderly close would. */
async function closeOnRedis(worker: Worker, redis: Redis, atWork: Set<Promise<void>>) {
  const ended = new AbortController()
  const lost = once(redis, 'close', { signal: ended.signal }).catch(() => undefined)
  if (redis.status === 'ready') await Promise.race([worker.pause(), lost])
  ended.abort()
  await worker.close(true)
  await Promise.allSettled(atWork)
}
