import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureSchedules, requestDueSyncs, setSchedule } from '#app/sync/schedules.ts'
import { addInstallation } from '../rehearsal.ts'
import { openTestServices, type TestServices } from '../setup.ts'

let services: TestServices
beforeAll(async () => {
  services = await openTestServices()
})
afterAll(() => services.close())

async function open() {
  const { database, logger } = services.services
  const installation = await addInstallation(database)
  const { pool } = database
  await ensureSchedules(pool, installation)
  return {
    pool,
    installation,
    due: () => pool.query("update schedule set next_at = now() - interval '3 days'"),
    tick: () => requestDueSyncs(pool, logger),
    runs: async () =>
      (
        await pool.query(
          'select mode, trigger, state from run where installation_id = $1 order by id',
          [installation],
        )
      ).rows,
    next: async () =>
      (
        await pool.query(
          'select mode, next_at > now() as ahead from schedule where installation_id = $1 order by mode',
          [installation],
        )
      ).rows,
  }
}

test('a schedule that was missed for days is due once, and never piles up', async () => {
  const { due, tick, runs, next } = await open()
  await tick()
  expect(await runs()).toEqual([])
  await due()
  await Promise.all([tick(), tick()])
  await due()
  await tick()
  expect(await runs()).toEqual([{ mode: 'full', trigger: 'schedule', state: 'queued' }])
  expect(await next()).toEqual([
    { mode: 'full', ahead: true },
    { mode: 'incremental', ahead: true },
  ])
})

test('a schedule that is off, or of an inactive installation, asks for nothing', async () => {
  const { pool, installation, due, tick, runs } = await open()
  await setSchedule(pool, installation, 'full', { off: true })
  await due()
  await pool.query('update installation set active = false where id = $1', [installation])
  await tick()
  expect(await runs()).toEqual([])
})

test('a schedule by a cron expression knows its next time', async () => {
  const { pool, installation, next } = await open()
  await setSchedule(pool, installation, 'full', { cron: '0 3 * * 0', timeZone: 'Europe/Berlin' })
  expect(await next()).toContainEqual({ mode: 'full', ahead: true })
})
