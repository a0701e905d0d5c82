import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { handleDeliveries } from '#app/webhooks/handle-deliveries.ts'
import { makeClock } from '#test/github/world/clock.ts'
import type { Label, Repository } from '#test/github/world/model.ts'
import { pullsOf } from '#test/github/world/pulls.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

const { signal } = new AbortController()

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const until = new Date('2026-01-01')
/** Names of pull requests, first those that are open. */
let pulls: string[]
let PULL: string

let standIn: StandIn
let sync: Sync
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>

beforeEach(async () => {
  standIn = await startStandIn({
    sources: [{ kind: 'generated', login: 'acme', repositories: 1, pulls: 16, until }],
    clock: makeClock(),
  })
  sync = await openSync(standIn, 'app')
  expect((await sync.sync({ mode: 'full' })).overall).toBe('finished')
  webhooks = await receiveWebhooks(standIn, sync.services)
  standIn.tally.reset()
  const all = standIn.content({ account: 'acme' })
  const nameOf = new Map(all.repositories.map(({ id, name }) => [id, name]))
  const own = all.pullRequests.toSorted(({ state }) => (state === 'OPEN' ? -1 : 1))
  pulls = own.map((one) => `acme/${nameOf.get(one.repositoryId)}#${one.number}`)
  PULL = pulls[0] as string
})
afterEach(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

const compare = () => differencesTo(standIn, sync, { account: 'acme' })

async function snapshots(): Promise<number> {
  const { rows } = await sync.pool.query<{ all: number }>(
    'select count(*)::int as all from snapshot',
  )
  return rows[0]?.all as number
}

test('what is said, edited, resolved, pushed, merged and opened arrives, and nothing else is read', async () => {
  const { changes } = standIn
  const before = await snapshots()
  const said = changes.comment({ pull: PULL, author: 'mira', body: 'Why?' })
  changes.edit({ id: said.id, body: 'Why, really?' })
  const review = changes.review({
    pull: PULL,
    state: 'CHANGES_REQUESTED',
    threads: [{ path: 'a.ts', line: 3, body: 'Is it so?' }],
  })
  const thread = standIn
    .content({ account: 'acme' })
    .reviewComments.find((one) => one.reviewId === review.id)?.threadId as string
  changes.reply({ thread, body: 'It is.' })
  changes.resolveThread({ thread })
  changes.push({ pull: pulls[1] as string })
  changes.merge({ pull: pulls[2] as string })
  changes.finishChecks({ pull: pulls[3] as string, state: 'FAILURE' })
  changes.openPull({ repository: 'acme/engine', title: 'A new one' })
  await webhooks.settled()
  expect(await compare()).toBe('')
  expect((await snapshots()) - before).toBe(5)
  const states = (await webhooks.deliveries()).map((line) => line.split(' ')[1])
  expect(new Set(states)).toEqual(new Set(['handled:']))
})

test('a deletion arrives, also of the only comment', async () => {
  const { id } = standIn.changes.comment({ pull: PULL, author: 'mira', body: 'A secret' })
  await webhooks.settled()
  standIn.changes.deleteComment({ id })
  await webhooks.settled()
  expect(await compare()).toBe('')
  const { rows } = await sync.pool.query(`select from passage where text like '%A secret%'`)
  expect(rows).toHaveLength(0)
})

test('a push has the branches of its repository looked up again, and a comment does not', async () => {
  await sync.pool.query(
    `insert into code_watch (repository_id, wanted, next_at)
     select id, '[]', 'infinity' from repository where full_name = $1`,
    [PULL.split('#')[0]],
  )
  const isDue = async () => {
    const { rows } = await sync.pool.query<{ isDue: boolean }>(
      'select next_at <= clock_timestamp() as is_due from code_watch',
    )
    return rows.map((row) => row.isDue)
  }
  standIn.changes.comment({ pull: PULL, author: 'mira', body: 'Later.' })
  await webhooks.settled()
  expect(await isDue()).toEqual([false])
  standIn.changes.push({ pull: PULL })
  await webhooks.settled()
  expect(await isDue()).toEqual([true])
})

test('many events for one pull request are one refresh, and one more if some come meanwhile', async () => {
  const before = await snapshots()
  for (let at = 0; at < 10; at++) standIn.changes.comment({ pull: PULL, body: `No. ${at}` })
  await webhooks.settled()
  expect((await snapshots()) - before).toBe(1)
  standIn.faults.use({ kind: 'slow', seconds: 1, resource: 'graphql' })
  standIn.changes.comment({ pull: PULL, body: 'first' })
  await standIn.hook.settled()
  await webhooks.handle()
  await new Promise((resolve) => setTimeout(resolve, 500))
  for (let at = 0; at < 5; at++) {
    standIn.changes.comment({ pull: PULL, body: `meanwhile ${at}` })
    await standIn.hook.settled()
    await webhooks.handle()
  }
  await webhooks.settled()
  expect((await snapshots()) - before).toBe(3)
  expect(await compare()).toBe('')
})

test('a pull request that GitHub does not show yet is not believed gone', async () => {
  const { id, number } = standIn.changes.openPull({ repository: 'acme/engine', title: 'Late' })
  standIn.faults.use({ kind: 'late-pull', pull: id, times: 2 })
  await webhooks.settled()
  const { rows } = await sync.pool.query(
    'select from pull_request where number = $1 and deleted_at is null',
    [number],
  )
  expect(rows).toHaveLength(1)
  expect(await compare()).toBe('')
})

test('the head that was pushed is waited for', async () => {
  const before = '0123456789'.repeat(4)
  const { oid } = standIn.changes.push({ pull: PULL })
  standIn.faults.use({ kind: 'late-head', oid, before, times: 2 })
  await webhooks.settled()
  expect(await compare()).toBe('')
})

test('what must be hidden is hidden at once, and shown again if GitHub grants it again', async () => {
  const { pool } = sync
  const hidden = async () =>
    (await pool.query(`select from repository where hidden_at is not null`)).rowCount > 0
  standIn.changes.revokeAccess({ repository: 'acme/engine' })
  await standIn.hook.settled()
  await webhooks.handle()
  expect(await hidden()).toBe(true)
  standIn.changes.comment({ pull: PULL, body: 'unseen' })
  await webhooks.settled()
  standIn.changes.grantAccess({ repository: 'acme/engine' })
  await webhooks.settled()
  expect(await hidden()).toBe(false)
  expect(await compare()).toBe('')
})

test('a repository that became private is private before GitHub is asked', async () => {
  const visibilityOf = `select visibility from repository where full_name = 'acme/engine'`
  const visibility = async () =>
    (await sync.pool.query<{ visibility: string }>(visibilityOf)).rows[0]
  await sync.pool.query(`update repository set visibility = 'PUBLIC'`)
  standIn.changes.editRepository({ repository: 'acme/engine', visibility: 'PRIVATE' })
  standIn.faults.use({ kind: 'bad-gateway' })
  await standIn.hook.settled()
  await webhooks.handle()
  expect(await visibility()).toEqual({ visibility: 'PRIVATE' })
  standIn.faults.clear()
  await webhooks.settled()
})

test('an installation that was uninstalled or suspended is inactive at once', async () => {
  const active = async () =>
    (await sync.pool.query<{ active: boolean }>('select active from installation order by id'))
      .rows[0]?.active
  standIn.changes.suspend({ account: 'acme' })
  await webhooks.settled()
  expect(await active()).toBe(false)
  standIn.changes.unsuspend({ account: 'acme' })
  await webhooks.settled()
  expect(await active()).toBe(true)
  standIn.changes.uninstall({ account: 'acme' })
  standIn.faults.use({ kind: 'bad-gateway' })
  await standIn.hook.settled()
  await webhooks.handle()
  expect(await active()).toBe(false)
  standIn.faults.clear()
})

test('a repository of which an event is the first that is heard is read', async () => {
  await sync.pool.query(`update run set created_at = created_at - interval '1 hour'`)
  standIn.hook.config.url = null
  standIn.changes.createRepository({ repository: 'acme/new' })
  standIn.hook.config.url = webhooks.url
  standIn.changes.openPull({ repository: 'acme/new', title: 'Unheard of' })
  await webhooks.settled()
  expect(await compare()).toBe('')
})

test('unknown installations cause one question for the list in a minute, and nothing is lost', async () => {
  const { pool } = sync
  let asked = 0
  const handling = {
    ...webhooks.handling,
    listInstallations: async () => {
      asked += 1
      await webhooks.handling.listInstallations()
    },
  }
  for (const id of ['one', 'two', 'three']) {
    await pool.query(
      `insert into delivery (id, event, installation, repository, facts)
       values ($1, 'issue_comment', '99' || length($1)::text, 1, '{"kind": "pull", "number": 1}')`,
      [id],
    )
    await handleDeliveries(handling, signal)
  }
  expect(asked).toBe(1)
  expect((await webhooks.deliveries()).filter((line) => /pending/.test(line))).toHaveLength(2)
  await pool.query(
    `update hook_sweep set installations_asked_at = now() - interval '2 minutes';
     update delivery set not_before = now()`,
  )
  await handleDeliveries(handling, signal)
  expect(asked).toBe(2)
  expect((await webhooks.deliveries()).filter((line) => /ignored/.test(line))).toHaveLength(3)
})

test('events that ask for nothing are ignored with the reason', async () => {
  standIn.changes.openIssue({ repository: 'acme/engine', title: 'Of no pull request' })
  await webhooks.settled()
  expect(await webhooks.deliveries()).toEqual([
    'issues.opened ignored: It concerns no pull request of the copy',
  ])
})

test('an error of the database does not count as an attempt', async () => {
  const { pool } = sync
  standIn.changes.comment({ pull: PULL, body: 'Later' })
  await standIn.hook.settled()
  const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' })
  const query: Pool['query'] = (text, values) =>
    /from installation/.test(text) ? Promise.reject(deadlock) : pool.query(text, values)
  await handleDeliveries({ ...webhooks.handling, pool: { ...pool, query } }, signal)
  const { rows } = await pool.query<object>('select state, attempts, outcome from delivery')
  expect(rows).toEqual([{ state: 'pending', attempts: 0, outcome: null }])
  await pool.query('update delivery set not_before = now()')
  await webhooks.settled()
  expect(await compare()).toBe('')
})

test('a renamed or deleted label, and a renamed milestone, arrive wherever they are', async () => {
  const repository = pulls[0]?.split('#')[0] as string
  const [own] = [...standIn.world.repositories.values()]
  const [first, second] = own?.labels ?? []
  const milestone = own?.milestones[0]?.title as string
  const marked = pullsOf(own as Repository).filter((pull) => pull.labels.includes(first as Label))
  expect(marked.length).toBeGreaterThan(0)
  standIn.changes.editLabel({ repository, label: first?.name as string, name: 'renamed' })
  standIn.changes.deleteLabel({ repository, label: second?.name as string })
  standIn.changes.editMilestone({ repository, milestone, title: 'Next' })
  await webhooks.settled()
  expect(await compare()).toBe('')
  const before = await snapshots()
  standIn.changes.editLabel({ repository, label: 'renamed', color: 'ff0000' })
  await webhooks.settled()
  expect(await snapshots()).toBe(before)
  expect((await webhooks.deliveries()).join()).toContain('No pull request shows the difference')
})

test('deliveries are stored without text of anybody', async () => {
  standIn.changes.comment({ pull: PULL, author: 'mira', body: 'Nobody else may keep this' })
  await standIn.hook.settled()
  const { rows } = await sync.pool.query<{ row: string }>(
    'select delivery::text as row from delivery',
  )
  expect(rows[0]?.row).not.toMatch(/Nobody else|mira|acme|engine/)
})
