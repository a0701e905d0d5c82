import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { SMALL, startSmall } from '../../github/ask.ts'
import type { StandInOptions } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { type As, configAs, openClient } from '../../support/open-client.ts'

let services: TestServices

beforeAll(async () => {
  services = await openTestServices()
})
afterAll(() => services.close())
beforeEach(() => services.services.database.pool.query('delete from installation'))

const TWO: StandInOptions['sources'] = [SMALL, { kind: 'demo' }]

function start(options: Partial<StandInOptions> = {}) {
  return startSmall({ clock: makeClock(), sources: TWO, ...options })
}

function refresh(standIn: Parameters<typeof configAs>[1], as: As): Promise<string[]> {
  const { database, logger } = services.services
  return refreshInstallations(database.pool, configAs(services.services, standIn, as), logger)
}

interface Row {
  account: string
  kind: string
  active: boolean
  reason: string | null
  missing: string[] | null
}

async function rows(): Promise<Row[]> {
  const { rows } = await services.services.database.pool.query<Row>(
    `select account, kind, active, inactive_reason as reason,
       settings -> 'missing_permissions' as missing from installation order by account`,
  )
  return rows
}

const ACTIVE = { kind: 'app', active: true, reason: null, missing: [] }

describe('the App', () => {
  test('adds its installations once, however many processes ask', async () => {
    await using standIn = await start()
    const [first, second] = await Promise.all([refresh(standIn, 'app'), refresh(standIn, 'app')])
    expect(new Set([...first, ...second]).size).toBe(2)
    expect(first.length + second.length).toBe(2)
    expect(await refresh(standIn, 'app')).toEqual([])
    expect(await rows()).toEqual([
      { account: 'acme', ...ACTIVE },
      { account: 'saltmarsh', ...ACTIVE },
    ])
  })

  test('keeps a suspended or uninstalled installation as inactive, and reactivates it later', async () => {
    await using standIn = await start()
    await refresh(standIn, 'app')
    standIn.changes.suspend({ account: 'acme' })
    standIn.changes.uninstall({ account: 'saltmarsh' })
    await refresh(standIn, 'app')
    expect(await rows()).toMatchObject([
      { active: false, reason: 'suspended on GitHub' },
      { active: false, reason: 'uninstalled on GitHub' },
    ])
    standIn.changes.unsuspend({ account: 'acme' })
    await refresh(standIn, 'app')
    expect(await rows()).toMatchObject([{ active: true, reason: null }, { active: false }])
  })

  test('lists missing permissions until they are granted', async () => {
    await using standIn = await start()
    standIn.changes.setPermission({ account: 'acme', permission: 'checks', level: null })
    await refresh(standIn, 'app')
    expect((await rows())[0]?.missing).toEqual(['checks'])
    standIn.changes.setPermission({ account: 'acme', permission: 'checks', level: 'read' })
    await refresh(standIn, 'app')
    expect((await rows())[0]?.missing).toEqual([])
  })

  test.each([
    'empty-200',
    'truncated-json',
    'wrong-content-type',
    'cut-connection',
    'bad-gateway',
  ] as const)('keeps all installations when their list is invalid (%s)', async (kind) => {
    await using standIn = await start()
    await refresh(standIn, 'app')
    standIn.faults.use({ kind })
    await expect(refresh(standIn, 'app')).rejects.toThrow(RetryableError)
    expect(await rows()).toMatchObject([{ active: true }, { active: true }])
  })

  test('keeps all installations when GitHub does not know the App', async () => {
    await using standIn = await start()
    await refresh(standIn, 'app')
    await expect(refresh({ ...standIn, appId: 1 }, 'app')).rejects.toThrow(FatalError)
    expect(await rows()).toMatchObject([{ active: true }, { active: true }])
  })
})

describe('a token', () => {
  test('is one installation, of its owner', async () => {
    await using standIn = await start()
    expect(await refresh(standIn, 'token')).toHaveLength(1)
    expect(await refresh(standIn, 'token')).toEqual([])
    expect(await rows()).toEqual([{ ...ACTIVE, account: 'stand-in-reader', kind: 'token' }])
  })

  test('is replaced by that of another person, or by the App', async () => {
    await using standIn = await start()
    await refresh(standIn, 'token')
    const another = standIn.givePersonalToken('mira', 'all')
    await refresh({ ...standIn, personalToken: another }, 'token')
    const given = { active: false, reason: 'other credentials are configured' }
    const person = { account: 'stand-in-reader', ...given }
    expect(await rows()).toMatchObject([{ account: 'mira', active: true }, person])
    await refresh(standIn, 'app')
    expect(await rows()).toMatchObject([ACTIVE, { account: 'mira', ...given }, ACTIVE, person])
  })

  test('that is invalid is rejected by name', async () => {
    await using standIn = await start()
    const wrong = { ...standIn, personalToken: 'ghp_wrong' }
    await expect(refresh(wrong, 'token')).rejects.toThrow(/personal token/)
    expect(await rows()).toEqual([])
  })

  test('is not looked up while a rate limit holds', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'token')
    standIn.faults.use({ kind: 'secondary-limit', seconds: 600, times: 1 })
    await expect(github.read(caller, '/repos/acme/brick')).rejects.toThrow(/asked for a pause/)
    const calls = standIn.tally.calls.length
    expect(await refresh(standIn, 'token')).toEqual([])
    expect(standIn.tally.calls).toHaveLength(calls)
    expect(await rows()).toMatchObject([{ active: true }])
  })
})
