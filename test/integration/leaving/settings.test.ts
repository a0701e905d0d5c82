import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import type { Database } from '#app/database/database.server.ts'
import { changeInstallation } from '#app/sync/changes/change-settings.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { ensureSchedules } from '#app/sync/requests/schedules.ts'
import { changeOfText } from '#app/sync/settings/change-of-text.ts'
import { readSettings } from '#app/sync/settings/read-settings.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'

let opened: TestServices
let database: Database
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  database = opened.services.database
})
afterAll(() => opened.close())
beforeEach(async () => {
  const { pool } = database
  await pool.query('truncate installation cascade')
  installation = await addInstallation(database, {})
  await ensureSchedules(pool, installation)
  const engine = await addRepository(pool, installation, 'acme/engine', { pull_requests: 3_401 })
  await addPull(pool, engine, 1)
  await addRepository(pool, installation, 'acme/legacy', { is_archived: true })
})

const change = (given: unknown, more: { dryRun?: boolean } = {}) =>
  changeInstallation(database, installation, {
    ...{ scope: operatorScope(), actor: 'token ci', change: given },
    ...more,
  })

async function shown(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    'select name from repository where hidden_at is null order by 1',
  )
  return rows.map((row) => row.name)
}

describe('a change of settings', () => {
  test('says what it will do, and a dry run changes nothing', async () => {
    const before = await readSettings(database.pool, operatorScope())
    const planned = await change(
      {
        history: 'all',
        extraction_slots: 2,
        repository_filter: { archived: false },
        schedules: {
          full: { cron: '0 3 * * 0', timeZone: 'Europe/Berlin' },
          incremental: { off: true },
        },
      },
      { dryRun: true },
    )
    expect(planned.changed).toBe(false)
    expect(planned.effects).toEqual([
      'Matches 1 of 2 known repositories.',
      'Hides acme/legacy at once, and erases the copy 24 hours later.',
      'The next sync reads 3,400 older pull requests, about 289 points.',
      'Incremental syncs: off.',
      expect.stringMatching(
        /^Full syncs: every Sunday at 03:00 \(Europe\/Berlin\); the next one is at .+ UTC\.$/,
      ),
      'Sends 2 calls to GitHub at once, from the next call on.',
    ])
    expect(await readSettings(database.pool, operatorScope())).toEqual(before)
    expect(await shown()).toEqual(['engine', 'legacy'])
  })

  test('takes effect at once and is recorded with who and when', async () => {
    const changed = await change({ repository_filter: { archived: false }, history: '5y' })
    expect(changed).toMatchObject({ changed: true, settings: { history: '5y' } })
    expect(await shown()).toEqual(['engine'])
    const entries = await (await database.prisma()).auditEntry.findMany({
      where: { installationId: BigInt(installation) },
    })
    expect(entries).toMatchObject([
      {
        ...{ actor: 'token ci', action: 'settings.changed', subject: 'rehearsal' },
        details: { change: { history: '5y' }, effects: changed.effects },
      },
    ])
    expect(Date.now() - (entries[0]?.at.getTime() ?? 0)).toBeLessThan(60_000)
    expect((await change({ history: '5y' })).changed).toBe(false)
  })

  test('keeps the settings that it does not name', async () => {
    await database.pool.query(
      `update installation set settings = '{"missing_permissions": ["checks"]}'`,
    )
    await change({ history: '3y' })
    await change({ schedules: { incremental: { every: 3600 } } })
    const { rows } = await database.pool.query('select settings from installation')
    expect(rows).toEqual([{ settings: { history: '3y', missing_permissions: ['checks'] } }])
    const [found] = await readSettings(database.pool, operatorScope())
    expect(found?.schedules.incremental.words).toBe('every hour')
  })

  test.each([
    [{ history: '2 years' }, /^history: must be all, a number of years/],
    [{ history: '2024-02-31' }, /^history: must be/],
    [{ extraction_slots: 0 }, /^extraction_slots: /],
    [{ repository_filter: { inclde: [] } }, /^repository_filter: .+inclde/],
    [{ repository_filter: { include: [''] } }, /^repository_filter\.include\.0: /],
    [{ erase_removed_after: 'soon' }, /^erase_removed_after: must be hours/],
    [{ schedules: { full: { every: 5 } } }, /^schedules\.full/],
    [
      { schedules: { full: { cron: '0 3 * * *', timeZone: 'Mars/Base' } } },
      /^schedules\.full: The schedule .+ is not valid/,
    ],
    [{ colour: 'red' }, /colour/],
  ])('refuses %j, naming the field with a hint', async (given, message) => {
    const error = (await change(given).catch((cause: unknown) => cause)) as Error & { hint: string }
    expect(error.name).toBe('RefusedError')
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(/\./)
  })

  test('of an installation out of scope is refused', async () => {
    const scope = viewerScope({ repositories: [], operates: [] })
    const refused = changeInstallation(database, installation, {
      ...{ scope, actor: 'x', change: { history: 'all' } },
    })
    await expect(refused).rejects.toThrow(`There is no installation ${installation}`)
  })
})

test('a history that is not valid stops a sync with the field and a hint', async () => {
  await database.pool.query(`update installation set settings = '{"history": "long"}'`)
  const refused = requestSync(database.pool, installation, 'manual', {})
  await expect(refused).rejects.toMatchObject({
    message: expect.stringMatching(/history: must be all/),
    hint: expect.stringMatching(/whence settings/),
  })
})

test.each([
  ['every 15 minutes', { every: 900 }],
  ['6h', { every: 21_600 }],
  ['every day', { every: 86_400 }],
  ['off', { off: true }],
  ['0 3 * * 1 Europe/Berlin', { cron: '0 3 * * 1', timeZone: 'Europe/Berlin' }],
])('the text "%s" is a schedule', (text, rule) => {
  expect(changeOfText([`schedules.full=${text}`])).toEqual({ schedules: { full: rule } })
})
