import pg from 'pg'
import { expect, vi } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { openDatabase, openServer } from '#app/database/database.server.ts'
import { type Pool, poolOf, type Queryable } from '#app/database/pool.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { CRASH_POINTS } from '#workers/run-work.ts'
import { type PrivateServices, startPrivateServices } from '../services/private-services.ts'
import { startWorkerProcess } from '../services/worker-fleet.ts'
import type { WorkerOrders } from '../services/worker-process.ts'
import { expectCountersTrue, requestEverything } from './ledger-checks.ts'
import {
  addInstallation,
  createEffects,
  itemsOf,
  type RehearsalSize,
  readEffects,
} from './rehearsal.ts'

export interface Drill {
  services: PrivateServices
  pool: Pool
  /** Requests a run that no other worker processes. @returns its id. */
  request(): Promise<string>
  close(): Promise<void>
}

/** Starts services for one drill, with a ledger in their database and a pool that survives their crashes. */
export async function openDrill(): Promise<Drill> {
  const services = await startPrivateServices()
  const url = services.environment.DATABASE_URL as string
  const logger = createLogger('silent')
  const database = await openServer(url, logger)
  await migrateAll(database, logger)
  await createEffects(database.pool)
  await database.close()
  const connections = new pg.Pool({ connectionString: url })
  connections.on('error', () => {})
  const pool = poolOf(connections)
  async function request(): Promise<string> {
    const database = { pool } as Parameters<typeof addInstallation>[0]
    return (await requestEverything(database, await addInstallation(database))).runId
  }
  async function close(): Promise<void> {
    await connections.end()
    await services.close()
  }
  return { services, pool, request, close }
}

/** Expects that every item took effect exactly once and that the counters agree. */
export async function expectUndisturbed(
  db: Queryable,
  runId: string,
  size: RehearsalSize,
): Promise<void> {
  expect(await readEffects(db, runId)).toEqual({ 1: itemsOf(size) })
  await expectCountersTrue(db, runId)
}

/** Expects the same of the only run in an embedded folder, which must be finished. */
export async function expectFolderUndisturbed(dataDir: string, size: RehearsalSize): Promise<void> {
  const database = await openDatabase({ kind: 'embedded', dataDir }, createLogger('silent'))
  const { rows } = await database.pool.query<{ id: string; state: string }>(
    'select id, state from run',
  )
  expect(rows).toEqual([{ id: rows[0]?.id, state: 'finished' }])
  await expectUndisturbed(database.pool, rows[0]?.id as string, size)
  await database.close()
}

/** Starts worker processes on the same run one after another; each dies at a different point. */
export async function dieAtEachPoint(
  orders: WorkerOrders,
  environment: Partial<NodeJS.ProcessEnv>,
): Promise<void> {
  for (const point of CRASH_POINTS) {
    const victim = startWorkerProcess({ ...orders, dieAt: { point, passage: 2 } }, environment)
    expect(await victim.ended, point).toBe('SIGKILL')
  }
}

/** Waits until a run has at least this many items done. */
export async function settled(db: Queryable, runId: string, atLeast: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await db.query<{ n: number }>(
        'select coalesce(sum(done), 0)::int as n from stage where run_id = $1',
        [runId],
      )
      expect(rows[0]?.n).toBeGreaterThanOrEqual(atLeast)
    },
    { timeout: 50_000, interval: 50 },
  )
}
