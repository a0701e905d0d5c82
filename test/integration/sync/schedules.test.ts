import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { nextAfter, type ScheduleRule } from '#app/schedules/schedule-rules.ts'
import { ensureSchedules, requestDueSyncs, setSchedule } from '#app/sync/requests/schedules.ts'
import { warnOfInvalidSettings } from '#app/sync/settings/read-invalid.ts'
import { readSettings } from '#app/sync/settings/read-settings.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import type { Services } from '#server/services/services.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let opened: TestServices
let pool: Services['database']['pool']
let prisma: PrismaClient
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
  prisma = await opened.services.database.prisma()
})
afterAll(() => opened.close())

beforeEach(async () => {
  await pool.query('delete from installation')
  const { rows } = await pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('app', '7', 'acme') returning id`,
  )
  installation = rows[0]?.id as string
  await ensureSchedules(pool, installation)
})

const request = () => requestDueSyncs(pool, createLogger('silent'))

interface Row {
  mode: string
  rule: ScheduleRule
  /** Seconds from now; null for never. */
  wait: number | null
  ran: boolean
}

async function schedules(): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `select mode, rule, round(extract(epoch from next_at - clock_timestamp()))::int as wait,
       last_at is not null as ran from schedule order by mode`,
  )
  return rows
}

async function runs() {
  const { rows } = await pool.query<{ mode: string; trigger: string; state: string }>(
    'select mode, trigger, state from run order by id',
  )
  return rows
}

/** Simulates downtime of the given length. */
async function passTime(interval: string): Promise<void> {
  await pool.query('update schedule set next_at = next_at - $1::interval', [interval])
}

const near = (seconds: number) => ({
  asymmetricMatch: (wait: unknown) => Math.abs(Number(wait) - seconds) < 120,
})

test('an installation syncs every fifteen minutes, and fully every week', async () => {
  await ensureSchedules(pool, installation)
  expect(await schedules()).toEqual([
    { mode: 'full', rule: { every: 604_800 }, wait: near(604_800), ran: false },
    { mode: 'incremental', rule: { every: 900 }, wait: near(900), ran: false },
  ])
  await request()
  expect(await runs()).toEqual([])
})

test('a schedule that came due many times during downtime is due once', async () => {
  await passTime('5 hours')
  await request()
  await request()
  expect(await runs()).toEqual([{ mode: 'incremental', trigger: 'schedule', state: 'queued' }])
  expect((await schedules())[1]).toMatchObject({ wait: near(900), ran: true })
})

test('runs never pile up behind a long one', async () => {
  for (let time = 0; time < 5; time++) {
    await passTime('15 minutes')
    await request()
    await pool.query(`update run set state = 'running' where state = 'queued'`)
  }
  expect(await runs()).toEqual([{ mode: 'incremental', trigger: 'schedule', state: 'running' }])
})

test('after a long downtime, the full sync replaces the incremental one', async () => {
  await passTime('30 days')
  await request()
  expect(await runs()).toEqual([{ mode: 'full', trigger: 'schedule', state: 'queued' }])
  expect(await schedules()).toMatchObject([
    { mode: 'full', wait: near(604_800), ran: true },
    { mode: 'incremental', wait: near(900), ran: true },
  ])
})

test('a schedule that is off never comes due, and a changed one starts anew', async () => {
  await setSchedule(prisma, installation, 'incremental', { off: true })
  await passTime('1 day')
  await request()
  expect(await runs()).toEqual([])
  expect((await schedules())[1]).toMatchObject({ rule: { off: true }, wait: null })
  await setSchedule(prisma, installation, 'incremental', { every: 3600 })
  expect((await schedules())[1]).toMatchObject({ wait: near(3600) })
  await ensureSchedules(pool, installation)
  expect((await schedules())[1]).toMatchObject({ rule: { every: 3600 } })
})

test('paused schedules start nothing, and what came due meanwhile starts once', async () => {
  const pause = (paused: boolean) =>
    pool.query(
      `update installation set settings = jsonb_set(settings, '{schedules_paused}', $1::jsonb)`,
      [String(paused)],
    )
  const shown = async () => (await readSyncStatuses(pool, operatorScope()))[0]
  expect(await shown()).toMatchObject({ schedulesPaused: false })
  await pause(true)
  await passTime('5 hours')
  await request()
  expect(await runs()).toEqual([])
  expect(await shown()).toMatchObject({ schedulesPaused: true, nextRuns: [] })
  await pause(false)
  await request()
  await request()
  expect(await runs()).toEqual([{ mode: 'incremental', trigger: 'schedule', state: 'queued' }])
  expect(await shown()).toMatchObject({ schedulesPaused: false })
})

test('an inactive installation is not synced, and resumes once it is active again', async () => {
  await pool.query('update installation set active = false')
  await passTime('1 hour')
  await request()
  expect(await runs()).toEqual([])
  await pool.query('update installation set active = true')
  await request()
  expect(await runs()).toHaveLength(1)
})

test('an installation with an invalid rule does not delay the others', async () => {
  await pool.query(
    `update schedule set rule = '{"cron": "at tea time"}' where mode = 'incremental'`,
  )
  const { rows } = await pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('app', '8', 'other') returning id`,
  )
  await ensureSchedules(pool, rows[0]?.id as string)
  await passTime('1 hour')
  await request()
  const { rows: started } = await pool.query('select installation_id as id from run order by id')
  expect(started).toEqual([{ id: rows[0]?.id }])
  expect((await schedules()).filter((row) => row.mode === 'incremental')).toContainEqual(
    expect.objectContaining({ wait: near(300), ran: false }),
  )
})

describe('a stored schedule that is not valid', () => {
  const INVALID = [
    [{ cron: 'at tea time' }, /^The schedule "at tea time" \(UTC\) is not valid/],
    [{ cron: '0 3 * * *', timeZone: 'Mars/Base' }, /^The schedule .+ \(Mars\/Base\) is not valid/],
    [{ every: 'day' }, /^\{"every":"day"\} is not a schedule$/],
  ] as const

  test.each(INVALID)('is named before it is due, with a hint: %j', async (rule, message) => {
    await pool.query(`update schedule set rule = $1 where mode = 'full'`, [JSON.stringify(rule)])
    await pool.query(`update installation set settings = '{"history": "long"}'`)
    await pool.query(
      `insert into installation (kind, external_id, account) values ('app', '8', 'b')`,
    )
    const schedule = {
      field: 'schedules.full',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^Use .*(cron expression|"cron")/),
    }
    const history = expect.objectContaining({ field: 'history', hint: expect.stringMatching(/2y/) })
    const [acme, other] = await readSyncStatuses(pool, operatorScope())
    expect(acme?.invalidSettings).toEqual([history, schedule])
    expect(other?.invalidSettings).toEqual([])
    expect(acme?.nextRuns.map((run) => run.mode)).toEqual(['incremental'])
    const lines: string[] = []
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
    await warnOfInvalidSettings(pool, logger)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: expect.stringMatching(/^history: /), account: 'acme' }),
      expect.objectContaining({ msg: expect.stringMatching(/^schedules\.full: /) }),
    ])
    const [settings] = await readSettings(pool, operatorScope())
    expect(settings?.schedules.full).toMatchObject({
      words: expect.stringMatching(/^not valid: /),
      nextAt: null,
    })
  })
})

const CET: ScheduleRule = { cron: '30 3 * * *', timeZone: 'Europe/Berlin' }

test.each<[ScheduleRule, string, string | null]>([
  [CET, '2026-01-10T00:00:00Z', '2026-01-10T02:30:00Z'],
  [CET, '2026-07-10T00:00:00Z', '2026-07-10T01:30:00Z'],
  [CET, '2026-07-10T01:30:00Z', '2026-07-11T01:30:00Z'],
  [{ cron: '0 9 * * 1', timeZone: 'UTC' }, '2026-11-24T00:00:00Z', '2026-11-30T09:00:00Z'],
  [{ every: 900 }, '2026-01-01T00:00:00Z', '2026-01-01T00:15:00Z'],
  [{ off: true }, '2026-01-01T00:00:00Z', null],
])('%j after %s is due at %s', (rule, after, next) => {
  expect(nextAfter(rule, new Date(after))).toEqual(next === null ? null : new Date(next))
})

test.each<[ScheduleRule]>([
  [{ cron: 'at tea time', timeZone: 'UTC' }],
  [{ cron: '0 3 * * *', timeZone: 'Middle/Earth' }],
])('the schedule %j is rejected with a hint', async (rule) => {
  await expect(setSchedule(prisma, installation, 'full', rule)).rejects.toMatchObject({
    message: expect.stringContaining('is not valid'),
    hint: expect.stringContaining('five fields and a time zone'),
  })
  expect((await schedules())[0]).toMatchObject({ rule: { every: 604_800 } })
})
