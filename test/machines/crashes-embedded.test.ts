import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CRASH_POINTS } from '#workers/run-work.ts'
import { layDataFolder, makeFolder } from '../services/whence.ts'
import { startWorkerProcess } from '../services/worker-fleet.ts'
import { expectFolderUndisturbed } from '../support/crash-drills.ts'

const SIZE = { repositories: 5, pages: 4, perPage: 25 }
const SMALL = { repositories: 2, pages: 2, perPage: 10 }
const KILLS = 6

// Each test has its own folder and spends half of its time waiting for leases to expire.
vi.setConfig({ maxConcurrency: 2 })

describe('crashes of the single process', () => {
  let place: Awaited<ReturnType<typeof makeFolder>>
  let laid: Awaited<ReturnType<typeof layDataFolder>>

  beforeAll(async () => {
    ;[place, laid] = await Promise.all([makeFolder(), layDataFolder()])
  })
  afterAll(() => Promise.all([place.remove(), laid.remove()]))

  /** Copies the migrated folder. */
  async function copyFolder(name: string) {
    const dataDir = join(place.folder, name)
    await cp(laid.folder, dataDir, { recursive: true })
    return { dataDir, environment: embedded(dataDir) }
  }

  test.concurrent(`${KILLS} random kill -9 do not change the end state`, async () => {
    const { dataDir, environment } = await copyFolder('random')
    const orders = { size: SIZE, slots: 2, handlerMs: 20, complete: true }
    for (let kills = 0; kills < KILLS; kills++) {
      const child = startWorkerProcess(orders, environment)
      await child.ready
      await pause(Math.random() * 1_000)
      await child.kill()
    }
    const last = startWorkerProcess(orders, environment)
    expect(await last.ended).toBe(0)
    await expectFolderUndisturbed(dataDir, SIZE)
  }, 600_000)

  test.concurrent.each(CRASH_POINTS)(
    'a kill %s does not change the end state',
    async (point) => {
      const { dataDir, environment } = await copyFolder(point.replaceAll(' ', '-'))
      const orders = { size: SMALL, slots: 2, handlerMs: 0, complete: true }
      const dieAt = { point, passage: 4 }
      const victim = startWorkerProcess({ ...orders, dieAt }, environment)
      expect(await victim.ended).toBe('SIGKILL')
      const next = startWorkerProcess(orders, environment)
      expect(await next.ended).toBe(0)
      await expectFolderUndisturbed(dataDir, SMALL)
    },
    300_000,
  )
})

/** Returns the environment of the embedded profile, whatever services the test run has. */
function embedded(dataDir: string): Partial<NodeJS.ProcessEnv> {
  return { DATA_DIR: dataDir, DATABASE_URL: '', REDIS_URL: '', LOG_LEVEL: 'silent' }
}
