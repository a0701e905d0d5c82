import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { openDatabase } from '#app/database/database.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { CRASH_POINTS } from '#workers/run-work.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { startWorkerProcess } from '../../services/worker-fleet.ts'
import { expectCountersTrue } from '../../support/ledger-checks.ts'
import { itemsOf, readEffects } from '../../support/rehearsal.ts'

const SIZE = { repositories: 5, pages: 4, perPage: 25 }
const SMALL = { repositories: 2, pages: 2, perPage: 10 }
const KILLS = 6

// Each test has a folder of its own, and waits for leases to run out half of its time.
vi.setConfig({ maxConcurrency: 2 })

describeOnProfile('embedded', 'crashes of the one process', () => {
  let folder: string
  const logger = createLogger('silent')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-crash-'))
    const database = await openDatabase(profileOf('template'), logger)
    await migrateAll(database, logger)
    await database.close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  function profileOf(name: string) {
    return { kind: 'embedded', dataDir: join(folder, name) } as const
  }

  /** A copy of the migrated folder. */
  async function copyFolder(name: string): Promise<Partial<NodeJS.ProcessEnv>> {
    const { dataDir } = profileOf(name)
    await cp(join(folder, 'template'), dataDir, { recursive: true })
    return { DATA_DIR: dataDir, LOG_LEVEL: 'silent' }
  }

  async function expectUndisturbed(name: string, size: typeof SIZE): Promise<void> {
    const database = await openDatabase(profileOf(name), logger)
    const { rows } = await database.pool.query<{ id: string; state: string }>(
      'select id, state from run',
    )
    const id = rows[0]?.id as string
    expect(rows).toEqual([{ id, state: 'finished' }])
    expect(await readEffects(database.pool, id)).toEqual({ 1: itemsOf(size) })
    await expectCountersTrue(database.pool, id)
    await database.close()
  }

  test.concurrent(`${KILLS} kill -9 at random leave the end state as it is`, async () => {
    const environment = await copyFolder('random')
    const orders = { size: SIZE, slots: 2, handlerMs: 20, whole: true }
    for (let kills = 0; kills < KILLS; kills++) {
      const child = startWorkerProcess(orders, environment)
      await child.ready
      await pause(Math.random() * 1_000)
      await child.kill()
    }
    const last = startWorkerProcess(orders, environment)
    expect(await last.ended).toBe(0)
    await expectUndisturbed('random', SIZE)
  }, 600_000)

  test.concurrent.each(CRASH_POINTS)(
    'a kill %s leaves the end state as it is',
    async (point) => {
      const name = point.replaceAll(' ', '-')
      const environment = await copyFolder(name)
      const orders = { size: SMALL, slots: 2, handlerMs: 0, whole: true }
      const dieAt = { point, passage: 4 }
      const victim = startWorkerProcess({ ...orders, dieAt }, environment)
      expect(await victim.ended).toBe('SIGKILL')
      const next = startWorkerProcess(orders, environment)
      expect(await next.ended).toBe(0)
      await expectUndisturbed(name, SMALL)
    },
    300_000,
  )
})
