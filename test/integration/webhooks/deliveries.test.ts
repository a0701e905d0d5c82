import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { forgetConnection, readConnection } from '#app/github/connection/read-connection.ts'
import { storeConnection } from '#app/github/connection/store-connection.ts'
import { readAudit } from '#app/sync/status/audit-log.ts'
import { changeHook } from '#app/webhooks/hook/change-hook.ts'
import { compareAddress } from '#app/webhooks/hook/compare-address.ts'
import { readLastDeliveries, readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import { readDeliveries } from '#app/webhooks/log/read-deliveries.ts'
import { startWeb, type Web } from '#server/web.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'
import { viewerOf } from '../../support/viewer-of.ts'

let opened: TestServices
let pool: Pool
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  const { services } = opened
  pool = services.database.pool
  web = await startWeb({ ...services, config: { ...services.config, PORT: 0 } })
  installation = await addInstallation(services.database)
  await pool.query(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at)
     values ($1, 'R_1', 12, 'engine', 'acme/engine', 'https://github.com/acme/engine', 'PUBLIC',
       false, false, now(), now(), now())`,
    [installation],
  )
})
afterAll(async () => {
  await web.close()
  await opened.close()
})
beforeEach(() => pool.query('delete from delivery'))

/** Stores deliveries of the installation, oldest first. */
async function store(
  ...deliveries: { id: string; event?: string; state?: string; ago?: string }[]
) {
  for (const { id, event = 'issue_comment', state = 'handled', ago = '0 s' } of deliveries)
    await pool.query(
      `insert into delivery (id, event, action, installation, repository, facts, state, received_at, handled_at)
       select $1, $2, 'created', external_id, 12, '{"kind": "pull", "number": 1}', $3, now() - $4::interval,
         case when $3 <> 'pending' then now() - $4::interval + interval '250 ms' end
       from installation where id = $5`,
      [id, event, state, ago, installation],
    )
}

async function read(query = '') {
  const { status, body } = await send(`${web.url}/api/v1/deliveries${query}`)
  const parsed = JSON.parse(body)
  if (status === 200) expectShape('GET', 'deliveries', parsed)
  return { status, next: parsed.next, deliveries: parsed.deliveries as { id: string }[] }
}

const idsOf = (deliveries: { id: string }[]) => deliveries.map(({ id }) => id)

test('deliveries are listed newest first, page by page, and by state, event and repository', async () => {
  await store(
    { id: 'one' },
    { id: 'two', event: 'push', state: 'failed' },
    { id: 'three', state: 'pending' },
  )
  await pool.query(`insert into delivery (id, event, facts) values ('four', 'star', '{}')`)
  const { deliveries } = await read()
  expect(idsOf(deliveries)).toEqual(['four', 'three', 'two', 'one'])
  expect(deliveries[3]).toMatchObject({
    ...{ event: 'issue_comment', action: 'created', repository: 'acme/engine' },
    ...{ state: 'handled', latencyMs: 250, sentAt: null },
  })
  const page = await read('?limit=2')
  expect(idsOf(page.deliveries)).toEqual(['four', 'three'])
  expect(idsOf((await read(`?limit=2&before=${page.next}`)).deliveries)).toEqual(['two', 'one'])
  expect(idsOf((await read('?state=failed')).deliveries)).toEqual(['two'])
  expect(idsOf((await read('?event=star')).deliveries)).toEqual(['four'])
  expect(idsOf((await read('?repository=ACME/engine&state=pending')).deliveries)).toEqual(['three'])
  expect((await read('?state=lost')).status).toBe(422)
})

test('a viewer reads the deliveries of the installations that they operate, and no others', async () => {
  await store({ id: 'own' })
  await pool.query(`insert into delivery (id, event, facts) values ('of nobody', 'star', '{}')`)
  const other = await addInstallation(opened.services.database)
  const own = await viewerOf(pool, installation)
  const page = { limit: 9 }
  expect(idsOf((await readDeliveries(pool, own, page)).deliveries)).toEqual(['own'])
  const foreign = await viewerOf(pool, other)
  expect((await readDeliveries(pool, foreign, page)).deliveries).toEqual([])
  expect(await readLastDeliveries(pool, own)).toHaveLength(1)
  const { database, config, logger } = opened.services
  await expect(
    changeHook({ ...database, config, logger }, own, 'address', 'x'),
  ).rejects.toMatchObject({
    kind: 'forbidden',
  })
})

test('a delivery is handled again, which the audit log shows', async () => {
  await store({ id: 'again', state: 'failed' }, { id: 'waits', state: 'pending' })
  const ask = (id: string) => send(`${web.url}/api/v1/deliveries/${id}/redeliver`, {}, 'POST')
  const { status, body } = await ask('again')
  expect(status).toBe(200)
  expectShape('POST', 'deliveries/again/redeliver', JSON.parse(body))
  expect(JSON.parse(body)).toMatchObject({ id: 'again', state: 'pending', outcome: null })
  expect((await ask('waits')).status).toBe(409)
  expect((await ask('none')).status).toBe(404)
  const { entries } = await readAudit(pool, operatorScope(), { limit: 1 })
  expect(entries).toMatchObject([
    {
      ...{ actor: 'operator', action: 'delivery.redelivered', installation },
      ...{ subject: 'issue_comment.created', details: { delivery: 'again', was: 'failed' } },
    },
  ])
})

test('a silence is unusual if it is longer than any pause of the last two weeks', async () => {
  const last = async () =>
    (await readLastDeliveries(pool, operatorScope())).find(
      (one) => one.installationId === installation,
    )
  expect(await last()).toMatchObject({ lastAt: null, isUnusual: false })
  const all = Array.from({ length: 24 }, (_, at) => ({
    id: `no. ${at}`,
    ago: `${(24 - at) * 20 + 180} minutes`,
  }))
  await store(...all.slice(0, 10))
  expect(await last()).toMatchObject({ longestPauseMs: null, isUnusual: false })
  await store(...all.slice(10))
  const long = await last()
  expect(long).toMatchObject({ isUnusual: true })
  expect(Math.round((long?.longestPauseMs ?? 0) / 60_000)).toBe(20)
  await store({ id: 'now' })
  expect(await last()).toMatchObject({ isUnusual: false })
})

describe('what was lost in a long outage', () => {
  const lost = async () =>
    (await readLastDeliveries(pool, operatorScope())).find(
      (one) => one.installationId === installation,
    )?.lost

  async function run(more: { started: string; state?: string; mode?: string; request?: object }) {
    const { started, state = 'finished', mode = 'incremental', request = {} } = more
    await pool.query(
      `insert into run (installation_id, mode, trigger, state, request, started_at, finished_at)
       values ($1, $2, 'webhook', $3, $4, now() - $5::interval, now())`,
      [installation, mode, state, { repositories: null, maxPrs: null, ...request }, started],
    )
  }

  const came = (ago: string) =>
    pool.query('update installation set created_at = now() - $1::interval where id = $2', [
      ago,
      installation,
    ])

  beforeEach(async () => {
    await came('1 year')
    await pool.query('delete from run')
    await pool.query(
      `insert into hook_sweep (lost_from, lost_until)
       values (now() - interval '5 days', now() - interval '3 days')
       on conflict (id) do update set lost_from = excluded.lost_from, lost_until = excluded.lost_until`,
    )
  })
  afterAll(() => pool.query('delete from hook_sweep'))

  test('is said on the card until a sync that began later has ended', async () => {
    const home = async () => (await send(`${web.url}/`)).body.replaceAll(/<[^>]+>/g, '')
    expect(Object.keys((await lost()) ?? {})).toEqual(['from', 'until'])
    expect(await home()).toMatch(/Deliveries from .* \(5 d ago\) to .* may be lost: GitHub keeps/)
    await run({ started: '1 hour' })
    expect(await lost()).toBeNull()
    expect(await home()).not.toContain('may be lost')
  })

  test.each([
    ['began before', { started: '4 days' }],
    ['reads some repositories', { started: '1 hour', request: { repositories: ['acme/engine'] } }],
    ['reads the newest pull requests', { started: '1 hour', request: { maxPrs: 9 } }],
    ['failed', { started: '1 hour', state: 'failed' }],
    ['is a refresh', { started: '1 hour', mode: 'targeted' }],
  ])('is not read by a run that %s', async (_, more) => {
    await run(more)
    expect(await lost()).not.toBeNull()
  })

  test('concerns no installation that came later', async () => {
    await came('1 day')
    expect(await lost()).toBeNull()
  })
})

test('the command line lists deliveries and has them handled again', async () => {
  await store({ id: 'cli', state: 'ignored' })
  const call = (...args: string[]) =>
    callWhence(['deliveries', ...args], opened.environment, opened.services)
  expect((await call('list')).stdout).toMatch(/^cli +\S+Z +issue_comment.created in acme\/engine/)
  expect(JSON.parse((await call('list', '--json', '--state', 'failed')).stdout)).toEqual({
    deliveries: [],
  })
  expect(await call('redeliver', 'cli')).toMatchObject({ code: 0 })
  expect(await call('redeliver', 'none')).toMatchObject({ code: 1 })
  const { code, stderr } = await call('pull')
  expect([code, stderr]).toEqual([1, expect.stringContaining('without a GitHub App')])
})

test('the address of the hook is compared and corrected, and its secret changed', async () => {
  const standIn: StandIn = await startStandIn({ sources: [{ kind: 'demo' }] })
  const { services } = opened
  const { appId, privateKey } = standIn
  const config = {
    ...services.config,
    GITHUB_API_URL: standIn.url,
    PUBLIC_URL: 'https://whence.example.com',
    GITHUB_WEBHOOK_SECRET: 'a new secret of at least thirty-two characters',
    github: { kind: 'app' as const, appId: String(appId), privateKey, webhookSecret: null },
  }
  standIn.hook.config.url = 'https://old.example.com/webhooks/github'
  const push = { mode: 'push', publicUrl: config.PUBLIC_URL } as const
  expect(compareAddress(push, standIn.hook.config.url).isRight).toBe(false)
  const change = (part: 'address' | 'secret', more = {}) =>
    changeHook(
      { ...services.database, config: { ...config, ...more }, logger: services.logger },
      operatorScope(),
      part,
      'operator',
    )
  await change('address')
  expect(standIn.hook.config.url).toBe('https://whence.example.com/webhooks/github')
  expect(await readSweepStatus(pool)).toMatchObject({ hookUrl: standIn.hook.config.url })
  await change('address', { GITHUB_WEBHOOK_MODE: 'pull' })
  expect(standIn.hook.config.url).toBe('https://whence.invalid/webhooks/github')
  const pulls = { mode: 'pull', publicUrl: null } as const
  expect(compareAddress(pulls, standIn.hook.config.url).isRight).toBe(true)
  expect(compareAddress(pulls, 'https://webhook.example.com/').isRight).toBe(false)
  await change('secret')
  expect(standIn.hook.config.secret).toBe(config.GITHUB_WEBHOOK_SECRET)
  await expect(change('address', { PUBLIC_URL: undefined })).rejects.toThrow(/is not known/)
  const { entries } = await readAudit(pool, operatorScope(), { limit: 3 })
  expect(entries.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
    ...['webhook.changed secret', 'webhook.changed address', 'webhook.changed address'],
  ])
  expect(JSON.stringify(entries)).not.toContain(config.GITHUB_WEBHOOK_SECRET)
  await standIn.stop()
})

test('a stored secret is changed in two steps, and the previous one accepted meanwhile', async () => {
  const standIn = await startStandIn({ sources: [{ kind: 'demo' }] })
  const { database, config: own, logger } = opened.services
  const config = { ...own, GITHUB_API_URL: standIn.url, SECRET_KEY: 'ab'.repeat(32) }
  const changing = { ...database, config, logger }
  await storeConnection(changing, 'operator', {
    ...{ appId: String(standIn.appId), privateKey: standIn.privateKey, hookMode: 'push' },
    webhookSecret: 'the first secret, of thirty-two characters or more',
  })
  const change = () => changeHook(changing, operatorScope(), 'secret', 'operator')
  const secrets = async () => (await readConnection(pool, config)).webhookSecrets
  await change()
  const [current, previous] = await secrets()
  expect(previous).toMatch(/^the first secret/)
  expect(standIn.hook.config.secret).toBe(current)
  expect(await change()).toMatch(/Only the new secret/)
  expect(await secrets()).toEqual([current])
  standIn.faults.use({ kind: 'bad-gateway', matching: '/app/hook/config' })
  await expect(change()).rejects.toThrow(/not changed/)
  expect((await secrets())[1]).toBe(current)
  standIn.faults.clear()
  await change()
  expect(await secrets()).toEqual([standIn.hook.config.secret])
  await pool.query('delete from github_connection')
  forgetConnection(pool)
  await standIn.stop()
})

test('the page has its filters in the address, and its forms work without scripts', async () => {
  await store({ id: 'shown' }, { id: 'hidden', event: 'push', state: 'failed' })
  const { status, body } = await send(`${web.url}/deliveries?state=handled`)
  expect(status).toBe(200)
  expect(body).toContain('acme/engine')
  expect(body).toContain('value="shown"')
  expect(body).not.toContain('value="hidden"')
  const form = 'intent=handle-again&delivery=shown'
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: web.url,
  }
  const answer = await send(`${web.url}/deliveries?state=handled`, headers, 'POST', form)
  expect([answer.status, answer.body]).toEqual([
    200,
    expect.stringContaining('The delivery is handled again.'),
  ])
  const { rows } = await pool.query<object>(`select state from delivery where id = 'shown'`)
  expect(rows).toEqual([{ state: 'pending' }])
})
