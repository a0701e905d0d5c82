import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { describeOnProfile, describeWithServers } from '../../services/requirements.ts'
import { layDataFolder } from '../../services/whence.ts'
import { startFleet, startWorkerProcess } from '../../services/worker-fleet.ts'
import {
  type Drill,
  dieAtEachPoint,
  expectFolderUndisturbed,
  expectUndisturbed,
  openDrill,
  settled,
} from '../../support/crash-drills.ts'
import { QUICK, runEnded } from '../../support/ledger-checks.ts'

// The long crash drills are in test/machines.
const SIZE = { repositories: 4, pages: 3, perPage: 10 }
const ORDERS = { size: SIZE, slots: 2, handlerMs: 20 }

vi.setConfig({ testTimeout: 300_000 })

describeOnProfile('external', 'crashes', () => {
  describeWithServers('of processes and services', () => {
    let drill: Drill
    let fleet: ReturnType<typeof startFleet> | undefined

    beforeEach(async () => {
      drill = await openDrill()
    })
    afterEach(async () => {
      await fleet?.stop()
      await drill.close()
    })

    test('a kill at each point, one after the other, does not change the end state', async () => {
      const { pool, services } = drill
      const runId = await drill.request()
      await dieAtEachPoint(ORDERS, services.environment)
      fleet = startFleet(1, ORDERS, services.environment)
      expect(await runEnded(pool, runId)).toBe('finished')
      await expectUndisturbed(pool, runId, SIZE)
    })

    test('FLUSHALL, an outage of each service, and a suspended worker do not change the end state', async () => {
      const { pool, services } = drill
      const size = { repositories: 4, pages: 12, perPage: 10 }
      const runId = await drill.request()
      fleet = startFleet(2, { size, slots: 2, handlerMs: 50 }, services.environment)
      await settled(pool, runId, 20)
      const redis = new Redis(services.environment.REDIS_URL as string)
      await redis.flushall()
      redis.disconnect()
      await settled(pool, runId, 80)
      for (const which of ['redis', 'postgres'] as const) {
        await services.kill(which)
        await services.start(which)
      }
      await settled(pool, runId, 200)
      const before = await lostLeases(drill, runId)
      const sleeper = fleet.workers[0]?.process
      const lostAsleep = async () => {
        // It may have been between two batches the last time.
        sleeper?.kill('SIGCONT')
        await sleep(100)
        sleeper?.kill('SIGSTOP')
        await sleep(QUICK.lease + 1_000)
        return lostLeases(drill, runId)
      }
      await expect.poll(lostAsleep).toBeGreaterThan(before)
      sleeper?.kill('SIGCONT')
      expect(await runEnded(pool, runId)).toBe('finished')
      await expectUndisturbed(pool, runId, size)
      expect(fleet.workers.every((worker) => worker.process.exitCode === null)).toBe(true)
    })
  })
})

describeOnProfile('embedded', 'crashes of the one process', () => {
  test('a kill at each point, one after the other, does not change the end state', async () => {
    const { folder, remove } = await layDataFolder()
    onTestFinished(remove)
    const environment = { DATA_DIR: folder, LOG_LEVEL: 'silent' }
    const orders = { ...ORDERS, complete: true }
    await dieAtEachPoint(orders, environment)
    expect(await startWorkerProcess(orders, environment).ended).toBe(0)
    await expectFolderUndisturbed(folder, SIZE)
  })
})

async function lostLeases({ pool }: Drill, runId: string): Promise<number> {
  const { rows } = await pool.query<{ lost: number }>(
    'select coalesce(sum(lost_leases), 0)::int as lost from work_item where run_id = $1',
    [runId],
  )
  return rows[0]?.lost as number
}
