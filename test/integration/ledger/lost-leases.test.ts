import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { heartbeat } from '#app/ledger/active-workers.ts'
import { claim, handOut, recover } from '#app/ledger/batches.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { BATCH_WEIGHT } from '#app/queues/stages.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation, newItem } from '../../support/rehearsal.ts'

const PLACE = 'github_repositories/transform'
const LEASE = 30_000
const WORKER = { id: 'w', host: 'h', pid: 1, slots: { extraction: 1, transform: 1, embedding: 1 } }

let opened: TestServices
let pool: Pool
beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
})
afterAll(() => opened.close())
beforeEach(async () => {
  await pool.query('delete from batch')
  await pool.query('delete from work_item')
  await pool.query('delete from run')
  await pool.query('delete from worker')
})

/** Starts a run with these items, each with the leases that it has lost before. */
async function start(items: Record<string, { lost?: number; weight?: number }>): Promise<void> {
  const installation = await addInstallation(opened.services.database)
  await requestEverything(opened.services.database, installation)
  const seed = Object.entries(items).map(([key, { weight = 1 }]) => ({
    ...newItem(PLACE, key),
    weight,
  }))
  await startQueuedRuns(pool, async () => seed, createLogger('silent'))
  for (const [key, { lost = 0 }] of Object.entries(items))
    await pool.query('update work_item set lost_leases = $2 where key = $1', [key, lost])
}

/** Hands out and claims all items, and lets their leases expire. @returns the keys of each batch. */
async function loseAll(): Promise<string[][]> {
  const keys: string[][] = []
  for (const { id } of await handOut(pool, 'transform', { slots: 4, unclaimedMs: 5_000 })) {
    const batch = await claim(pool, id, LEASE, WORKER.id)
    keys.push((batch?.items ?? []).map((item) => item.key))
  }
  await pool.query('update batch set until = clock_timestamp()')
  await recover(pool, LEASE)
  return keys
}

async function lostLeases(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ key: string; lost: number }>(
    'select key, lost_leases::int as lost from work_item order by key',
  )
  return Object.fromEntries(rows.map(({ key, lost }) => [key, lost]))
}

test('an item of a worker that goes on pays only if it was alone in its batch', async () => {
  await start({ a: {}, b: {}, huge: { weight: BATCH_WEIGHT.transform } })
  await heartbeat(pool, WORKER)
  expect(await loseAll()).toEqual([['a', 'b'], ['huge']])
  expect(await lostLeases()).toEqual({ a: 0, b: 0, huge: 1 })
})

test('all items of a worker that died are suspected, and then go alone', async () => {
  await start({ a: { lost: 1 }, b: { lost: 1 } })
  await heartbeat(pool, WORKER)
  await pool.query(`update worker set heartbeat_at = clock_timestamp() - interval '20 seconds'`)
  expect(await loseAll()).toEqual([['a', 'b']])
  expect(await lostLeases()).toEqual({ a: 2, b: 2 })
  expect(await loseAll()).toEqual([['a'], ['b']])
})

test('an item beside the one that kills workers never fails with it', async () => {
  await start({ innocent: { lost: 2 }, kills: { lost: 5 } })
  for (let time = 0; time < 5; time++) await loseAll()
  expect(await lostLeases()).toEqual({ innocent: 2, kills: 10 })
})
