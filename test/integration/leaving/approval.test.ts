import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import { openCredentials } from '#app/github/credentials.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { changeInstallation } from '#app/sync/changes/change-settings.ts'
import { eraseDue } from '#app/sync/leaving/erase-due.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const until = new Date('2026-01-01')
const source = { kind: 'generated', repositories: 1, pulls: 4, until } as const

let standIn: StandIn
let sync: Sync
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>

/** The App is public and belongs to acme; saltmarsh has installed it too. */
beforeEach(async () => {
  standIn = await startStandIn({
    sources: [{ ...source, login: 'acme' }, { kind: 'demo' }],
    appOwner: 'acme',
  })
  sync = await openSync(standIn, 'app')
  webhooks = await receiveWebhooks(standIn, sync.services)
})
afterEach(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

async function idOf(account: string): Promise<string> {
  const { rows } = await sync.pool.query<{ id: string }>(
    'select id from installation where account = $1',
    [account],
  )
  return rows[0]?.id ?? ''
}

async function change(account: string, change: object) {
  const by = { scope: operatorScope(), actor: 'operator', change }
  return changeInstallation(sync.services.database, await idOf(account), by)
}

async function refresh(): Promise<void> {
  await refreshInstallations(sync.pool, sync.services.config, sync.services.logger)
}

async function states(): Promise<Record<string, string>> {
  const { rows } = await sync.pool.query<{ account: string; state: string }>(
    `select account, case when active then 'active' else inactive_reason end as state from installation`,
  )
  return Object.fromEntries(rows.map(({ account, state }) => [account, state]))
}

function nameOf(account: string): string {
  const [repository] = standIn.content({ account }).repositories
  return `${account}/${repository?.name}`
}

test('nothing of a foreign account is copied before an operator has approved it', async () => {
  expect(await states()).toEqual({ acme: 'active', saltmarsh: 'waiting for approval' })
  await refresh()
  expect(await states()).toMatchObject({ saltmarsh: 'waiting for approval' })
  standIn.changes.comment({ pull: `${nameOf('saltmarsh')}#1`, author: 'mira', body: 'Hello' })
  await webhooks.settled()
  expect((await webhooks.deliveries()).join()).toContain('inactive: waiting for approval')
  await expect(
    requestSync(sync.pool, await idOf('saltmarsh'), 'manual', { mode: 'full' }),
  ).rejects.toThrow('waiting for approval')
  const { rows } = await sync.pool.query('select from repository where installation_id = $1', [
    await idOf('saltmarsh'),
  ])
  expect(rows).toEqual([])
  expect(await readSyncStatuses(sync.pool, operatorScope())).toMatchObject([
    { account: 'acme', offBy: null },
    { account: 'saltmarsh', offBy: 'unapproved' },
  ])

  const approved = await change('saltmarsh', { active: true })
  expect(approved).toMatchObject({ active: true, inactiveReason: null, changed: true })
  expect(approved.effects).toEqual(['Approves saltmarsh: its first sync starts at once.'])
  const id = await idOf('saltmarsh')
  await vi.waitFor(
    async () => {
      const [job] = await readJobs(sync.pool, operatorScope(), { installationId: id })
      expect(job?.overall).toMatch(/^finished/)
    },
    { timeout: 60_000, interval: 200 },
  )
  expect(await differencesTo(standIn, sync, { account: 'saltmarsh' })).toBe('')
  await refresh()
  expect(await states()).toEqual({ acme: 'active', saltmarsh: 'active' })
})

test('an installation that is switched off stays so, is hidden, and keeps its copy', async () => {
  await sync.sync({ mode: 'full' })
  const off = await change('acme', { active: false })
  expect(off).toMatchObject({ active: false, inactiveReason: 'switched off by an operator' })
  await refresh()
  expect(await states()).toMatchObject({ acme: 'switched off by an operator' })
  const old = `update installation set inactive_at = now() - interval '90 days' where account = 'acme'`
  await sync.pool.query(old)
  await eraseDue(sync.pool, sync.services.logger, new AbortController().signal)
  expect(await differencesTo(standIn, sync, { account: 'acme' })).not.toBe('')
  expect((await change('acme', { active: true })).effects[0]).toMatch(/^Reads acme and shows/)
  expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
})

test('what GitHub has suspended cannot be switched on, and a decision outlives the suspension', async () => {
  await change('acme', { active: false })
  standIn.changes.suspend({ account: 'acme' })
  await refresh()
  expect(await states()).toMatchObject({ acme: 'suspended on GitHub' })
  await expect(change('acme', { active: true })).rejects.toThrow(/suspended on GitHub/)
  standIn.changes.unsuspend({ account: 'acme' })
  await refresh()
  expect(await states()).toMatchObject({ acme: 'switched off by an operator' })
})

test('a missing right is told apart: not asked for by the App, or not accepted', async () => {
  standIn.changes.setPermission({ account: 'acme', permission: 'checks', level: null })
  standIn.changes.setPermission({ account: 'acme', permission: 'statuses', level: null })
  delete standIn.appRights.statuses
  await refresh()
  const [acme] = await readSyncStatuses(sync.pool, operatorScope())
  expect(acme).toMatchObject({
    missingPermissions: ['checks', 'statuses'],
    rightsPages: { notAsked: ['statuses'] },
  })
  expect(acme?.rightsPages?.app).toMatch(/\/acme\/settings\/apps\/whence\/permissions$/)
  expect(acme?.rightsPages?.installation).toMatch(/\/acme\/settings\/installations\/\d+$/)
})

test('a new token says which rights are missing, before the next list does', async () => {
  standIn.changes.setPermission({ account: 'acme', permission: 'checks', level: null })
  const id = await idOf('acme')
  const { config, logger } = sync.services
  await openCredentials(sync.pool, config, logger).tokenOf(id)
  const [acme] = await readSyncStatuses(sync.pool, operatorScope())
  expect(acme?.missingPermissions).toEqual(['checks'])
})
