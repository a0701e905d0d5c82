import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Queue, Worker } from 'bullmq'
import { type Config, readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { logOutage } from '#app/config/outage-log.server.ts'
import { migrateQueue, openPglite } from '#app/database/database.server.ts'
import { migrate } from '#app/database/migrations.server.ts'
import { type InitialItems, requestRun } from '#app/ledger/runs.ts'
import { PLACES } from '#app/ledger/work.ts'
import { openQueues } from '#app/queues/queues.server.ts'
import { connectRedis } from '#app/queues/redis.server.ts'
import { openServices, type Services } from '#server/services/services.ts'
import type { Handler, Handlers } from '#workers/handlers.ts'
import { startWorkers } from '#workers/index.ts'
import { printServerSettings } from './server-settings.ts'

/**
 * Measures settled work items per second through claim, handler, settlement and hand-out, in queue jobs of
 * 50. On the external profile it alternates with bare BullMQ jobs of the same batches in the same process.
 *
 *   npm run bench:ledger            the profile of the environment; uses the existing database
 *   ITEMS=20000 ROUNDS=5 npm run bench:ledger
 */
const BATCH = 50
const SLOTS = 4
const ROUNDS = Number(process.env.ROUNDS ?? 3)

async function open(config: Config): Promise<Services> {
  const logger = createLogger('warn')
  if (config.profile.kind === 'external') return openServices(config, logger, { migrate: true })
  const database = await openPglite({}, logger)
  await migrate(database.pool)
  await migrateQueue(database)
  const queues = await openQueues(database, config.profile, logger)
  return { config, logger, database, queues, close: () => database.close() }
}

/** Runs `items` work items in one place with no-op handlers, to measure the ledger alone. */
async function measureLedger(services: Services, items: number): Promise<number> {
  const { pool } = services.database
  const { rows } = await pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account)
     values ('app', gen_random_uuid()::text, 'bench') returning id`,
  )
  const installation = rows[0]?.id as string
  const initialItems: InitialItems = async () =>
    Array.from({ length: items }, (_, n) => ({
      place: 'github_repositories/transform',
      key: `record:${n}`,
      payload: { recordId: String(n) },
    }))
  const nothing: Handler = async (batch) => async () => batch.map(() => ({ state: 'done' }))
  const handlers = Object.fromEntries(PLACES.map((place) => [place, nothing])) as Handlers
  const request = { mode: 'full', since: 'all', repositories: null, maxPrs: null } as const
  const { runId } = await requestRun(pool, installation, 'cli', request)
  const slots = { extraction: 1, transform: SLOTS, embedding: 1 }
  const worker = await startWorkers({ ...services, handlers, initialItems, slots })
  const seconds = await runTime(services, runId)
  await worker.close()
  await pool.query('delete from work_item where run_id = $1', [runId])
  await pool.query('delete from installation where id = $1', [installation])
  return items / seconds
}

/**
 * Returns the seconds from the first item's insertion to the last item's settlement, by the database's
 * clock.
 */
async function runTime(services: Services, runId: string): Promise<number> {
  for (;;) {
    const { rows } = await services.database.pool.query<{ seconds: number | null }>(
      `select extract(epoch from s.last_item_at - s.first_item_at)::float8 as seconds
       from run r join stage s on s.run_id = r.id and s.stage = 'transform'
       where r.id = $1 and r.finished_at is not null order by s.position limit 1`,
      [runId],
    )
    if (rows[0]?.seconds) return rows[0].seconds
    await new Promise((wake) => setTimeout(wake, 20))
  }
}

/** Runs the same batches as bare BullMQ jobs, added in bulk and processed with the same number of slots. */
async function measureBullmq(services: Services, items: number): Promise<number> {
  if (services.config.profile.kind !== 'external') throw new Error('needs Redis')
  const url = services.config.profile.redisUrl
  const name = 'bench'
  const options = { prefix: 'whence-bench' }
  const outage = logOutage(services.logger, 'Redis', 'the bench needs it')
  const producer = connectRedis(url, 'worker', outage)
  const queue = new Queue(name, { ...options, connection: producer })
  await queue.obliterate({ force: true })
  const consumer = connectRedis(url, 'worker', outage)
  let left = items
  const begun = performance.now()
  const drained = new Promise<void>((done) => {
    const worker = new Worker(
      name,
      async (job) => {
        left -= job.data.ids.length
        if (left === 0) setImmediate(() => void worker.close().then(done))
      },
      { ...options, connection: consumer, concurrency: SLOTS, removeOnComplete: { count: 100 } },
    )
  })
  for (let from = 0; from < items; from += BATCH * 16)
    await queue.addBulk(
      Array.from({ length: Math.min(16, Math.ceil((items - from) / BATCH)) }, (_, n) => ({
        name,
        data: { ids: idsFrom(from + n * BATCH, Math.min(BATCH, items - from - n * BATCH)) },
        opts: { attempts: 1 },
      })),
    )
  await drained
  const seconds = (performance.now() - begun) / 1000
  await queue.close()
  for (const connection of [producer, consumer]) connection.disconnect()
  return items / seconds
}

function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(first + n))
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

const config = readConfig()
const external = config.profile.kind === 'external'
const items = Number(process.env.ITEMS ?? (external ? 10_000 : 1_000))
const services = await open(config)
if (config.profile.kind === 'external')
  await printServerSettings(services.database.direct, 'writes')
const delay = monitorEventLoopDelay({ resolution: 1 })
const ledger: number[] = []
const bare: number[] = []
for (let round = 1; round <= ROUNDS; round++) {
  if (external) bare.push(await measureBullmq(services, items))
  delay.enable()
  ledger.push(await measureLedger(services, items))
  delay.disable()
  const beside = external ? `, bare BullMQ ${Math.round(bare.at(-1) as number)}/s` : ''
  console.log(`round ${round}: ledger ${Math.round(ledger.at(-1) as number)} items/s${beside}`)
}
const ratios = ledger.map((rate, index) => rate / (bare[index] ?? Number.NaN))
console.log(`profile               ${config.profile.kind}`)
console.log(`items, batch, slots   ${items}, ${BATCH}, ${SLOTS}`)
console.log(`ledger, median        ${Math.round(median(ledger))} items/s`)
if (external) {
  console.log(`bare BullMQ, median   ${Math.round(median(bare))} items/s`)
  console.log(`ratio, median         ${median(ratios).toFixed(2)}`)
}
console.log(`longest loop gap      ${(delay.max / 1e6).toFixed(0)} ms`)
await services.queues.close()
await services.close()
process.exit(0)
