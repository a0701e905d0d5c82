import { afterEach, expect, test, vi } from 'vitest'
import { readRepositories } from '#app/archive/repositories.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { retryRun } from '#app/ledger/decisions.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { readUnread } from '#app/sync/window/unread-repositories.ts'
import { startWeb } from '#server/web.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { callWhence } from '../../services/whence.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { differencesTo, type Sync, withoutBackoff } from '../../support/compare-synced.ts'
import { send } from '../../support/send.ts'
import { openSync } from '../../support/sync.ts'
import { viewerOf } from '../../support/viewer-of.ts'

vi.setConfig({ testTimeout: 120_000 })

const SCOPE = operatorScope()
const REASON = 'GitHub timed out (502)'

let standIn: StandIn
let sync: Sync

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

/** Opens a copy without acme/brick, which GitHub grants and never returns. */
async function openWithoutBrick(): Promise<string> {
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 8 } as const
  standIn = await startStandIn({ sources: [{ ...source, until: new Date('2026-01-01') }] })
  sync = await openSync(standIn, 'app')
  const brick = standIn.content().repositories.find((one) => one.fullName === 'acme/brick')
  standIn.faults.use({ kind: 'bad-gateway', matching: brick?.id ?? '' })
  await using _ = withoutBackoff(sync)
  const job = await sync.sync({ mode: 'full' })
  expect([job.overall, job.unfinished]).toEqual([
    'finished_with_gaps',
    [{ state: 'gap', name: 'acme/brick', message: REASON }],
  ])
  standIn.faults.clear()
  return job.id as string
}

async function verified() {
  const { code, stdout } = await callWhence(['verify', '--json'], {}, sync.services)
  const { complete, unread } = JSON.parse(stdout)
  return { code, complete, unread }
}

test('a granted repository that was never read is named everywhere until it is read', async () => {
  const runId = await openWithoutBrick()
  const unread = [{ repository: 'acme/brick', reason: REASON }]
  expect(await verified()).toEqual({ code: 1, complete: false, unread })
  const text = await callWhence(['verify'], {}, sync.services)
  expect(text.stdout).toContain(`never read: acme/brick: ${REASON}`)
  expect(text.stdout).toContain('Not complete: 1 repository was never read.')
  const [card] = await readSyncStatuses(sync.pool, SCOPE)
  expect(card?.gaps.first).toContainEqual(
    expect.objectContaining({ name: 'acme/brick', reason: `never read: ${REASON}` }),
  )
  const { repositories } = await readRepositories(sync.pool, SCOPE, { limit: 99 })
  expect(repositories.map(({ fullName }) => fullName)).not.toContain('acme/brick')
  const config = { ...sync.services.config, PORT: 0 }
  const web = await startWeb({ ...sync.services, config })
  const { body } = await send(`${web.url}/api/v1/repositories`)
  await web.close()
  expectShape('GET', 'repositories', JSON.parse(body))
  expect(JSON.parse(body).unread).toEqual([
    expect.objectContaining({ fullName: 'acme/brick', reason: REASON, attempts: 1 }),
  ])

  await retryRun(sync.pool, runId)
  expect((await sync.ended(runId)).overall).toMatch(/^finished/)
  expect(await verified()).toEqual({ code: 0, complete: true, unread: [] })
  expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
})

test('it is forgotten when it is not granted any more, and nobody else sees its name', async () => {
  await openWithoutBrick()
  expect(await readUnread(sync.pool, SCOPE)).toHaveLength(1)
  const viewer = await viewerOf(sync.pool, await sync.installation())
  expect(await readUnread(sync.pool, viewer)).toEqual([])
  await sync.pool.query(
    `insert into unread_repository (installation_id, node_id, name, reason, listed_in)
     select id, 'R_gone', 'acme/gone', 'GitHub timed out (502)', 0 from installation`,
  )
  await sync.sync()
  expect(await readUnread(sync.pool, SCOPE)).toEqual([])
  await sync.pool.query(
    `insert into unread_repository (installation_id, node_id, name, reason, listed_in)
     select id, 'R_gone', 'acme/gone', 'GitHub timed out (502)', 0 from installation`,
  )
  await sync.pool.query(`update installation set active = false, inactive_reason = 'uninstalled'`)
  expect(await readUnread(sync.pool, SCOPE)).toEqual([])
})
