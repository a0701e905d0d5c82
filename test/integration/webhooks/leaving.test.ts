/** What is gone from an installation: by an event, by an answer of GitHub, or by neither. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const until = new Date('2026-01-01')
let standIn: StandIn
let sync: Sync
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>
/** The node id of what was acme/engine at first. */
let known: string

beforeEach(async () => {
  standIn = await startStandIn({
    sources: [{ kind: 'generated', login: 'acme', repositories: 1, pulls: 6, until }],
  })
  standIn.changes.transfer({ repository: 'acme/brick', owner: 'beta' })
  standIn.changes.install({ account: 'beta' })
  sync = await openSync(standIn, 'app')
  for (const account of ['acme', 'beta'])
    expect((await sync.sync({ mode: 'full', account })).overall).toBe('finished')
  webhooks = await receiveWebhooks(standIn, sync.services)
  known = standIn.content({ account: 'acme' }).repositories.find(({ name }) => name === 'engine')
    ?.id as string
})
afterEach(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

interface Found {
  account: string
  name: string
  reason: string | null
  pulls: number
}

/** Returns what was acme/engine, wherever it is now. */
async function find(): Promise<Found | undefined> {
  const { rows } = await sync.pool.query<Found>(
    `select i.account, r.full_name as name, r.hidden_reason as reason,
       (select count(*)::int from pull_request p where p.repository_id = r.id) as pulls
     from repository r join installation i on i.id = r.installation_id where r.node_id = $1`,
    [known],
  )
  return rows[0]
}

/** Makes a change of which GitHub tells nobody. */
function unheard(work: () => void): void {
  const { url } = standIn.hook.config
  standIn.hook.config.url = null
  work()
  standIn.hook.config.url = url
}

const transfer = (owner: string, repository = 'acme/engine') =>
  standIn.changes.transfer({ repository, owner })

describe('a repository that was transferred', () => {
  test('is hidden by the next sync without an event, and not shown because it is public', async () => {
    unheard(() => transfer('elsewhere'))
    await sync.sync({ account: 'acme' })
    expect(await find()).toMatchObject({ reason: 'not granted any more' })
    const job = await sync.sync({ account: 'acme', repositories: ['acme/engine'] })
    expect(job.unfinished).toMatchObject([
      { state: 'gap', message: 'elsewhere/engine is not granted any more' },
    ])
    expect(await find()).toMatchObject({ account: 'acme', reason: 'not granted any more' })
  })

  test('is hidden at once if a probe does not find it', async () => {
    unheard(() => {
      standIn.changes.editRepository({ repository: 'acme/engine', visibility: 'PRIVATE' })
      transfer('elsewhere')
    })
    await sync.pool.query(
      `insert into delivery (id, event, installation, repository, facts)
       select 'late', 'push', i.external_id, r.database_id, $1
       from repository r join installation i on i.id = r.installation_id where r.node_id = $2`,
      [JSON.stringify({ kind: 'heads', oids: ['0'.repeat(40)], isPush: true }), known],
    )
    await webhooks.settled()
    expect(await find()).toMatchObject({ reason: 'not found on GitHub' })
  })

  test('is hidden before GitHub is asked if its receiver has the App, and then taken over', async () => {
    const before = await find()
    transfer('beta', 'acme/engine')
    standIn.faults.use({ kind: 'bad-gateway' })
    await standIn.hook.settled()
    await webhooks.handle()
    expect(await find()).toEqual({ ...before, reason: 'transferred to another account' })
    standIn.faults.clear()
    await webhooks.settled()
    const { name, ...now } = (await find()) as Found
    expect(now).toEqual({ account: 'beta', reason: null, pulls: before?.pulls })
    expect(name).toMatch(/^beta\//)
    expect(await differencesTo(standIn, sync, { account: 'beta' })).toBe('')
  })

  test('is shown again once it has come back', async () => {
    unheard(() => transfer('elsewhere'))
    await sync.sync({ account: 'acme' })
    transfer('acme', 'elsewhere/engine')
    await webhooks.settled()
    expect(await find()).toMatchObject({ account: 'acme', name: 'acme/engine', reason: null })
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  })
})

describe('a public repository that is not granted any more', () => {
  test('stays hidden when it is asked for by name', async () => {
    standIn.changes.revokeAccess({ repository: 'acme/engine' })
    await webhooks.settled()
    const job = await sync.sync({ account: 'acme', repositories: ['acme/engine'] })
    expect(job.overall).toBe('finished_with_gaps')
    expect(await find()).toMatchObject({ reason: 'not granted any more' })
  })
})

describe('an answer that contradicts an event', () => {
  /** Lets the refresh that waits believe that its event came so many minutes ago. */
  async function age(minutes: number): Promise<void> {
    const at = new Date(Date.now() - minutes * 60_000).toISOString()
    const text = `update work_item set not_before = clock_timestamp(), message = null,
      payload = payload || jsonb_build_object('namedAt', $1::text) || case when payload ? 'head'
        then jsonb_build_object('head', (payload -> 'head') || jsonb_build_object('at', $1::text))
        else '{}' end
      where state = 'pending' and payload ->> 'kind' = 'refresh' and message is not null`
    await vi.waitFor(async () => expect((await sync.pool.query(text, [at])).rowCount).toBe(1), {
      timeout: 30_000,
      interval: 100,
    })
  }
  const waits = async () => {
    const { rows } = await sync.pool.query<{ message: string }>(
      `select message from work_item where state = 'pending' and payload ->> 'kind' = 'refresh'`,
    )
    return rows.map(({ message }) => message)
  }
  const states = async () => {
    const { rows } = await sync.pool.query<{ state: string }>(
      `select distinct state from work_item where payload ->> 'kind' = 'refresh'`,
    )
    return rows.map(({ state }) => state)
  }
  const isDeleted = async (number: number) => {
    const { rows } = await sync.pool.query<{ gone: boolean }>(
      `select p.deleted_at is not null as gone from pull_request p
         join repository r on r.id = p.repository_id where r.node_id = $1 and p.number = $2`,
      [known, number],
    )
    return rows[0]?.gone
  }

  test('is not believed for five minutes, and then only the second time', async () => {
    const { number } = standIn.changes.openPull({ repository: 'acme/engine', title: 'Soon gone' })
    await webhooks.settled()
    standIn.changes.comment({ pull: `acme/engine#${number}`, body: 'The last word' })
    unheard(() => standIn.changes.deletePull({ pull: `acme/engine#${number}` }))
    await standIn.hook.settled()
    await webhooks.handle()
    await age(4)
    await vi.waitFor(
      async () => expect(await waits()).toEqual(['GitHub does not show the pull request yet']),
      { timeout: 30_000 },
    )
    expect(await isDeleted(number)).toBe(false)
    await age(5)
    await webhooks.settled()
    expect(await isDeleted(number)).toBe(true)
    expect(await states()).toEqual(['done'])
  })

  test('a head that does not come is waited for for three minutes', async () => {
    const pull = standIn.changes.openPull({ repository: 'acme/engine', title: 'Soon pushed to' })
    await webhooks.settled()
    const before = '0123456789'.repeat(4)
    const { oid } = standIn.changes.push({ pull: `acme/engine#${pull.number}` })
    standIn.faults.use({ kind: 'late-head', oid, before })
    await standIn.hook.settled()
    await webhooks.handle()
    await age(2)
    await vi.waitFor(
      async () => expect(await waits()).toEqual(['GitHub does not show the last push yet']),
      { timeout: 30_000 },
    )
    await age(3)
    await webhooks.settled()
    const { rows } = await sync.pool.query<{ head: string }>(
      `select head_ref_oid as head from pull_request where node_id = $1`,
      [pull.id],
    )
    expect(rows).toEqual([{ head: before }])
    expect(await states()).toEqual(['done'])
  })
})
