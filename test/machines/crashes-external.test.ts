import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { CRASH_POINTS } from '#workers/run-work.ts'
import type { PrivateServices } from '../services/private-services.ts'
import { describeWithServers } from '../services/requirements.ts'
import { startFleet, startWorkerProcess } from '../services/worker-fleet.ts'
import { type Drill, expectUndisturbed, openDrill, settled } from '../support/crash-drills.ts'
import { runEnded } from '../support/ledger-checks.ts'

const LARGE = { repositories: 10, pages: 20, perPage: 25 }
const SMALL = { repositories: 4, pages: 4, perPage: 10 }
const KILLS = 20
/** Duration of the Redis outage; set `OUTAGE_S=60` for the long version of the test. */
const OUTAGE_MS = Number(process.env.OUTAGE_S ?? 4) * 1_000

describeWithServers('crashes of processes and services', () => {
  let drill: Drill
  let services: PrivateServices
  let pool: Pool
  let fleet: ReturnType<typeof startFleet> | undefined
  let runId: string

  beforeAll(async () => {
    drill = await openDrill()
    services = drill.services
    pool = drill.pool
  })
  afterAll(() => drill.close())
  beforeEach(async () => {
    runId = await drill.request()
  })
  afterEach(async () => {
    await fleet?.stop()
    fleet = undefined
  })

  async function expectNoStandstill(): Promise<void> {
    const { rows } = await pool.query<{ seconds: string | null }>(
      `select max(gap) as seconds from (
         select extract(epoch from settled_at - lag(settled_at) over (order by settled_at)) as gap
         from work_item where run_id = $1) gaps`,
      [runId],
    )
    expect(Number(rows[0]?.seconds)).toBeLessThan(60 + OUTAGE_MS / 1000)
  }

  test(`${KILLS} random kill -9 of worker processes do not change the end state`, async () => {
    fleet = startFleet(4, { size: LARGE, slots: 2, handlerMs: 40 }, services.environment)
    let kills = 0
    for (; kills < KILLS; kills++) {
      await pause(100 + Math.random() * 700)
      const { rows } = await pool.query<{ state: string }>('select state from run where id = $1', [
        runId,
      ])
      expect(['queued', 'running', 'paused']).toContain(rows[0]?.state)
      await fleet.replace(kills % 4)
    }
    expect(await runEnded(pool, runId, 120_000)).toBe('finished')
    await expectUndisturbed(pool, runId, LARGE)
    await expectNoStandstill()
  }, 180_000)

  test.each(CRASH_POINTS)('a kill %s does not change the end state', async (point) => {
    const orders = { size: SMALL, slots: 2, handlerMs: 0 }
    const victim = startWorkerProcess(
      { ...orders, dieAt: { point, passage: 5 } },
      services.environment,
    )
    expect(await victim.ended).toBe('SIGKILL')
    fleet = startFleet(1, orders, services.environment)
    expect(await runEnded(pool, runId)).toBe('finished')
    await expectUndisturbed(pool, runId, SMALL)
    await expectNoStandstill()
  })

  test('FLUSHALL during a run loses nothing', async () => {
    fleet = startFleet(2, { size: SMALL, slots: 2, handlerMs: 50 }, services.environment)
    const redis = new Redis(services.environment.REDIS_URL as string)
    for (const progress of [20, 100, 200]) {
      await settled(pool, runId, progress)
      await redis.flushall()
    }
    redis.disconnect()
    expect(await runEnded(pool, runId)).toBe('finished')
    await expectUndisturbed(pool, runId, SMALL)
    await expectNoStandstill()
  })

  test(`a run survives a Redis outage of ${OUTAGE_MS / 1_000} s without intervention`, async () => {
    fleet = startFleet(2, { size: SMALL, slots: 2, handlerMs: 20 }, services.environment)
    await settled(pool, runId, 30)
    await services.kill('redis')
    await pause(OUTAGE_MS)
    await services.start('redis')
    expect(await runEnded(pool, runId, 120_000)).toBe('finished')
    await expectUndisturbed(pool, runId, SMALL)
    await expectNoStandstill()
    expect(fleet.workers.every((worker) => worker.process.exitCode === null)).toBe(true)
  }, 240_000)

  test('a run survives an immediate stop and restart of PostgreSQL without intervention', async () => {
    fleet = startFleet(2, { size: SMALL, slots: 2, handlerMs: 20 }, services.environment)
    await settled(pool, runId, 30)
    await services.kill('postgres')
    await pause(1_000)
    await services.start('postgres')
    expect(await runEnded(pool, runId)).toBe('finished')
    await expectUndisturbed(pool, runId, SMALL)
    await expectNoStandstill()
    expect(fleet.workers.every((worker) => worker.process.exitCode === null)).toBe(true)
  }, 120_000)

  test('a worker that is suspended beyond its lease cannot write after it resumes', async () => {
    fleet = startFleet(1, { size: SMALL, slots: 2, handlerMs: 100 }, services.environment)
    await settled(pool, runId, 20)
    const sleeper = fleet.workers[0]?.process
    sleeper?.kill('SIGSTOP')
    const helper = startFleet(1, { size: SMALL, slots: 2, handlerMs: 0 }, services.environment)
    await settled(pool, runId, 200)
    sleeper?.kill('SIGCONT')
    expect(await runEnded(pool, runId)).toBe('finished')
    await helper.stop()
    await expectUndisturbed(pool, runId, SMALL)
    await expectNoStandstill()
    const { rows } = await pool.query<{ lost: number }>(
      'select max(lost_leases)::int as lost from work_item where run_id = $1',
      [runId],
    )
    expect(rows[0]?.lost).toBeGreaterThan(0)
    expect(sleeper?.exitCode).toBeNull()
  }, 90_000)
})
