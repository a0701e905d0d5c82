import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Config } from '#app/config/env.server.ts'
import { connectionOf } from '#app/github/connection/connection.ts'
import { openHookClient } from '#app/github/hook/hook-client.ts'
import { readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import { sweepDeliveries } from '#app/webhooks/sweep/sweep-deliveries.ts'
import { hastenSweep } from '#app/webhooks/sweep/sweep-state.ts'
import type { GivenFault } from '../../github/faults/fault-format.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { receiveWebhooks, SECRET } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const NOBODY = 'https://whence.invalid/webhooks/github'

let standIn: StandIn
let sync: Sync
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>
let pulls: string[]

beforeEach(async () => {
  standIn = await startStandIn({
    sources: [
      {
        kind: 'generated',
        login: 'acme',
        repositories: 1,
        pulls: 30,
        until: new Date('2026-01-01'),
      },
    ],
    hookTimeoutMs: 500,
  })
  sync = await openSync(standIn, 'app')
  expect((await sync.sync({ mode: 'full' })).overall).toBe('finished')
  webhooks = await receiveWebhooks(standIn, sync.services)
  const { repositories, pullRequests } = standIn.content({ account: 'acme' })
  const engine = repositories.find(({ name }) => name === 'engine')?.id
  pulls = pullRequests
    .filter(({ repositoryId }) => repositoryId === engine)
    .map(({ number }) => `acme/engine#${number}`)
})
afterEach(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

const compare = () => differencesTo(standIn, sync, { account: 'acme' })

const PUSH = { GITHUB_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'https://whence.example.com' }
const PULL = { GITHUB_WEBHOOK_MODE: 'pull' as const }

/** Sweeps as a worker process does when it is due. */
async function sweep(more: Partial<Config>, signal = new AbortController().signal) {
  const { services, pool } = sync
  await hastenSweep(pool)
  const config = { ...services.config, ...more }
  return sweepDeliveries({ pool, config, logger: services.logger }, signal)
}

async function state() {
  const { rows } = await sync.pool.query<{ error: string | null; probing: string | null }>(
    'select error, probing_reason as probing from hook_sweep',
  )
  return rows[0]
}

async function untilSettled(): Promise<void> {
  await standIn.hook.settled()
  await webhooks.settled()
}

function sayMuch(count: number): void {
  for (let at = 0; at < count; at++)
    standIn.changes.comment({ pull: pulls[at % pulls.length] as string, body: `No. ${at}` })
}

test('what GitHub could not deliver is sent again, and everything arrives', async () => {
  standIn.hook.isDown = true
  sayMuch(5)
  standIn.changes.openPull({ repository: 'acme/engine', title: 'During the outage' })
  await standIn.hook.settled()
  expect(await webhooks.deliveries()).toEqual([])
  standIn.hook.isDown = false
  expect(await sweep(PUSH)).toEqual({ missing: 7, redelivered: 7, collected: 0, synced: 0 })
  await untilSettled()
  expect(await compare()).toBe('')
  expect(await sweep(PUSH)).toMatchObject({ missing: 0 })
})

test('what fails a second time is read from GitHub instead', async () => {
  standIn.hook.isDown = true
  sayMuch(3)
  await standIn.hook.settled()
  expect(await sweep(PUSH)).toMatchObject({ redelivered: 3 })
  await standIn.hook.settled()
  expect(await sweep(PUSH)).toMatchObject({ missing: 3, redelivered: 0, collected: 3 })
  await untilSettled()
  expect(await compare()).toBe('')
})

test('in pull mode, every event is read from GitHub, once', async () => {
  standIn.hook.config.url = NOBODY
  const { pool } = sync
  sayMuch(4)
  const review = standIn.changes.review({
    pull: pulls[0] as string,
    state: 'APPROVED',
    threads: [{ path: 'a.ts', line: 3, body: 'Is it so?' }],
  })
  const thread = standIn
    .content({ account: 'acme' })
    .reviewComments.find((one) => one.reviewId === review.id)?.threadId as string
  standIn.changes.resolveThread({ thread })
  const label = [...standIn.world.repositories.values()][0]?.labels[0]?.name as string
  standIn.changes.editLabel({ repository: 'acme/engine', label, name: 'renamed' })
  await standIn.hook.settled()
  expect(await sweep(PULL)).toEqual({ missing: 8, redelivered: 0, collected: 8, synced: 0 })
  await untilSettled()
  expect(await compare()).toBe('')
  expect(await sweep(PULL)).toMatchObject({ missing: 0 })
  const { rows } = await pool.query<object>(
    'select distinct state, sent_at is null as own from delivery',
  )
  expect(rows).toEqual([{ state: 'handled', own: false }])
})

test('what must be hidden is hidden without a call for its payload', async () => {
  standIn.hook.isDown = true
  standIn.changes.editRepository({ repository: 'acme/engine', visibility: 'PRIVATE' })
  await standIn.hook.settled()
  await sync.pool.query(`update repository set visibility = 'PUBLIC'`)
  standIn.faults.use({ kind: 'bad-gateway', matching: '/app/hook/deliveries/' })
  expect(await sweep(PULL)).toMatchObject({ collected: 1 })
  await webhooks.handle()
  const { rows } = await sync.pool.query<object>(
    `select visibility from repository where full_name = 'acme/engine'`,
  )
  expect(rows).toEqual([{ visibility: 'PRIVATE' }])
  standIn.faults.clear()
  await untilSettled()
})

test('of one repository, twenty deliveries are read; for the rest it is synced once', async () => {
  standIn.hook.isDown = true
  sayMuch(120)
  await standIn.hook.settled()
  const before = await runs()
  expect(await sweep(PULL)).toEqual({ missing: 120, redelivered: 0, collected: 20, synced: 100 })
  await untilSettled()
  expect((await runs()) - before).toBe(1)
  expect(await compare()).toBe('')
})

async function runs(): Promise<number> {
  const { rows } = await sync.pool.query<{ all: number }>(
    `select count(*)::int as all from run where mode <> 'targeted'`,
  )
  return rows[0]?.all as number
}

describe('an error of GitHub does not mean that nothing failed', () => {
  beforeEach(async () => {
    standIn.hook.isDown = true
    sayMuch(105)
    await standIn.hook.settled()
  })

  test.each<[string, GivenFault, RegExp]>([
    ['a server error', { kind: 'bad-gateway', matching: '/deliveries' }, /timed out \(502\)/],
    ['a truncated list', { kind: 'truncated-json', matching: '/deliveries' }, /incomplete/],
    ['an empty answer', { kind: 'empty-200', matching: '/deliveries' }, /incomplete/],
    ['a limit', { kind: 'secondary-limit', seconds: 1, matching: '/deliveries' }, /pause/],
  ])('%s', async (_, fault, message) => {
    standIn.faults.use(fault)
    expect(await sweep(PULL)).toBeNull()
    expect((await state())?.error).toMatch(message)
    standIn.faults.clear()
    await vi.waitFor(async () => expect(await sweep(PULL)).not.toBeNull(), { timeout: 10_000 })
    expect((await state())?.error).toBeNull()
    await untilSettled()
    expect(await compare()).toBe('')
  })
})

test('a page whose cursor has expired is asked for again from the first', async () => {
  standIn.hook.isDown = true
  sayMuch(105)
  await standIn.hook.settled()
  standIn.hook.hasExpiredCursors = true
  expect(await sweep(PULL)).toBeNull()
  expect((await state())?.error).toMatch(/422: The cursor is not valid/)
  standIn.hook.hasExpiredCursors = false
  expect(await sweep(PULL)).toMatchObject({ missing: 5 })
  await untilSettled()
  expect(await compare()).toBe('')
})

test('a sweep that dies in the middle is completed by the next', async () => {
  standIn.hook.isDown = true
  sayMuch(10)
  await standIn.hook.settled()
  standIn.faults.use({ kind: 'bad-gateway', after: 4, matching: '/app/hook/deliveries/' })
  expect(await sweep(PULL)).toBeNull()
  const { rows } = await sync.pool.query<object>('select count(*)::int as all from delivery')
  expect(rows).toEqual([{ all: 4 }])
  standIn.faults.clear()
  // Died: the lease was neither given back nor renewed.
  await sync.pool.query(
    `update hook_sweep set lease = lease + 1, lease_until = now() + interval '1 minute'`,
  )
  expect(await sweep(PULL)).toBeNull()
  await sync.pool.query('update hook_sweep set lease_until = now()')
  expect(await sweep(PULL)).toMatchObject({ missing: 6, collected: 6 })
  await untilSettled()
  expect(await compare()).toBe('')
})

test('several attempts of one event are one delivery, and two processes sweep once', async () => {
  standIn.hook.isDown = true
  sayMuch(1)
  await standIn.hook.settled()
  const hook = openHookClient(connectionOf(sync.services.config, null), sync.services.logger)
  const id = (await hook?.listFailures(null))?.deliveries[0]?.id ?? '0'
  expect(BigInt(id)).toBeGreaterThan(2n ** 53n)
  for (let again = 0; again < 3; again++) await hook?.redeliver(id)
  await standIn.hook.settled()
  const both = await Promise.all([sweep(PULL), sweep(PULL)])
  expect(both.map((one) => one?.collected ?? 0).sort()).toEqual([0, 1])
  await untilSettled()
  expect(await webhooks.deliveries()).toHaveLength(1)
})

test('without events although pull requests change, the repositories are asked for instead', async () => {
  standIn.hook.isDown = true
  await sweep(PULL)
  expect((await state())?.probing).toBeNull()
  await sync.pool.query(
    `update hook_sweep set created_at = now() - interval '1 hour';
     update pull_request set updated_at = now() - interval '20 minutes' where number = 1`,
  )
  const before = await runs()
  await sweep(PULL)
  expect((await state())?.probing).toMatch(/lists no deliveries/)
  expect(await runs()).toBe(before + 1)
  await sweep(PULL)
  expect(await runs()).toBe(before + 1)
  sayMuch(1)
  await standIn.hook.settled()
  await sweep(PULL)
  expect((await state())?.probing).toBeNull()
  await untilSettled()
})

test('after an outage that was longer than GitHub keeps deliveries, everything is asked for again', async () => {
  await sweep(PUSH)
  await sync.pool.query(`update hook_sweep set succeeded_at = now() - interval '4 days'`)
  const before = await runs()
  await sweep(PUSH)
  expect(await runs()).toBe(before + 1)
  const { rows } = await sync.pool.query<object>(
    `select lost_until - lost_from as lost from hook_sweep where lost_from < now() - interval '95 hours'`,
  )
  expect(rows).toHaveLength(1)
  expect((await readSweepStatus(sync.pool))?.lost).not.toBeNull()
  await untilSettled()
})
