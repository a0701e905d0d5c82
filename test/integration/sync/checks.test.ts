import { afterEach, describe, expect, test, vi } from 'vitest'
import { readPullFacts } from '#app/archive/pull-requests.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { storeChecks } from '#app/sync/checks/store-checks.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { checksOf } from '#test/github/world/checks.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { pullsOf } from '#test/github/world/pulls.ts'
import { fullName } from '#test/github/world/world.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import type { Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 120_000 })

const until = new Date('2026-01-01')
const RESERVED = 'the budget of GitHub is at its reserve'

let standIn: StandIn
let sync: Sync

async function open(faults: GivenFault[] = [], pulls = 12) {
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls, until } as const
  standIn = await startStandIn({ sources: [source], faults, clock: makeClock() })
  sync = await openSync(standIn, 'app')
}

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

/** Opens a pull request with these checks. */
function openPull(names: string[] = ['build', 'ci/coverage']): string {
  const title = 'A change'
  const pull = `acme/engine#${standIn.changes.openPull({ repository: 'acme/engine', title }).number}`
  for (const name of names) standIn.changes.setCheck({ pull, name })
  return pull
}

async function read(pull: string) {
  const [repository = '', number] = pull.split('#')
  const name = { fullName: repository, number: Number(number) }
  const found = await readPullFacts(sync.pool, operatorScope(), name)
  const { statusCheckRollup: rollup, completeness } = found?.facts ?? {}
  const names = rollup?.contexts?.map((one) => ('name' in one ? one.name : one.context)) ?? null
  return { state: rollup?.state ?? null, names, list: completeness?.checks }
}

/** The names of the checks of every pull request, on GitHub and in the tables. */
async function bothSides() {
  const pulls = [...standIn.world.repositories.values()].flatMap((one) => [...pullsOf(one)])
  const github = pulls.map((pull) => {
    const head = pull.commits.at(-1)
    const checks = pull.rollupState && head ? checksOf(head) : []
    return [
      `${fullName(pull.repository)}#${pull.number}`,
      checks.map((one) => ('name' in one ? one.name : one.context)),
    ]
  })
  const { rows } = await sync.pool.query<{ name: string; names: string[] }>(
    `select r.full_name || '#' || p.number as name, array(select coalesce(e ->> 'name', e ->> 'context')
       from jsonb_array_elements(c.contexts) with ordinality l (e, place) order by place) as names
     from pull_request p join repository r on r.id = p.repository_id
       left join check_list c on c.node_id = p.node_id and c.head_oid = p.head_ref_oid
     where p.deleted_at is null`,
  )
  const stored = rows.map(({ name, names }) => [name, names])
  return { github: Object.fromEntries(github), stored: Object.fromEntries(stored) }
}

async function gaps() {
  return (await sync.pool.query('select name, reason from gap order by name')).rows
}

/** Leaves of the hourly budget what is reserved for people. */
async function spendBudget() {
  await sync.pool.query(
    `update github_budget set remaining = points / 20, reset_at = now() + interval '2 hours'`,
  )
}

describe('the checks of pull requests', () => {
  test('are all read by the first sync, in few calls, also those beyond the first page', async () => {
    await open()
    const names = Array.from({ length: 230 }, (_, index) => `job ${index}`)
    const pull = openPull(names)
    standIn.tally.reset()
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await gaps()]).toEqual(['finished', []])
    const { github, stored } = await bothSides()
    expect(stored).toEqual(github)
    expect(await read(pull)).toEqual({
      ...{ state: 'SUCCESS', names },
      list: { total: 230, stored: 230, state: 'complete' },
    })
    // Many lists in one call, and the long one in a call for each of its pages. An idle worker does not wait for more.
    const calls = standIn.tally.calls.filter(({ what }) => what === 'checks')
    expect(calls.every(({ points }) => points === 1)).toBe(true)
    expect(calls.length).toBeLessThanOrEqual(12)
  })

  test('are read again by a full sync while the pull request is open, and not otherwise', async () => {
    await open()
    const pulls = [openPull(), openPull()] as const
    standIn.changes.merge({ pull: pulls[1] })
    await sync.sync({ mode: 'full' })
    for (const pull of pulls) standIn.changes.setCheck({ pull, name: 'late' })
    await sync.sync({ mode: 'full' })
    expect((await read(pulls[0])).names).toEqual(['build', 'ci/coverage', 'late'])
    expect((await read(pulls[1])).names).toEqual(['build', 'ci/coverage'])
    standIn.changes.setCheck({ pull: pulls[1], name: 'late', state: 'FAILURE' })
    await sync.sync({ mode: 'full' })
    expect((await read(pulls[1])).names).toEqual(['build', 'ci/coverage', 'late'])
  })

  test('belong to a head: after a push without checks there are none', async () => {
    await open()
    const pull = openPull()
    await sync.sync()
    standIn.changes.push({ pull })
    await sync.sync()
    const none = { total: 0, stored: 0, state: 'complete' }
    expect(await read(pull)).toEqual({ state: null, names: null, list: none })
    standIn.changes.setCheck({ pull, name: 'again', state: 'PENDING' })
    standIn.changes.comment({ pull, body: 'Look' })
    await sync.sync()
    expect(await read(pull)).toMatchObject({ state: 'PENDING', names: ['again'] })
  })

  test('go with the pull request, and with the repository', async () => {
    await open()
    const pull = openPull(['a name that must go'])
    openPull()
    await sync.sync()
    const kept = async () =>
      (await sync.pool.query(`select from check_list where contexts::text like '%must go%'`))
        .rowCount
    expect(await kept()).toBe(1)
    standIn.changes.deletePull({ pull })
    await sync.sync({ mode: 'full' })
    expect(await kept()).toBe(0)
    expect(
      (await sync.pool.query(`select from raw_record where body::text like '%must go%'`)).rowCount,
    ).toBe(0)
  })

  test('of an earlier reading never replace those of a later one, nor come back after an erasure', async () => {
    await open()
    const names = ['build of ours']
    const pull = openPull(names)
    await sync.sync()
    const { rows } = await sync.pool.query<{ nodeId: string; headOid: string; readAt: Date }>(
      `select node_id, head_oid, read_at from check_list where contexts @> '[{"name": "build of ours"}]'`,
    )
    const [row] = rows
    if (!row) throw new Error('There is no list')
    const list = { ...row, rollupState: 'FAILURE', total: 0, contexts: [], reason: null }
    await storeChecks(sync.pool, new Date(row.readAt.getTime() - 1), [list])
    expect((await read(pull)).names).toEqual(names)
    const later = new Date(row.readAt.getTime() + 1)
    await storeChecks(sync.pool, later, [list])
    await storeChecks(sync.pool, later, [list])
    expect((await read(pull)).names).toEqual([])
    await sync.pool.query('delete from check_list')
    await storeChecks(sync.pool, later, [list])
    expect((await sync.pool.query('select from check_list')).rowCount).toBe(0)
  })
})

describe('below the reserve of the budget', () => {
  test('a refresh leaves them unread and says so; a later sync reads them', async () => {
    await open()
    const pull = openPull(['build'])
    await sync.sync({ mode: 'full' })
    const webhooks = await receiveWebhooks(standIn, sync.services)
    await spendBudget()
    const fresh = openPull([])
    standIn.changes.setCheck({ pull: fresh, name: 'first', state: 'PENDING' })
    standIn.changes.setCheck({ pull, name: 'late', state: 'FAILURE' })
    await webhooks.settled()
    const unread = { total: null, stored: 0, state: 'unknown', reason: `not read yet: ${RESERVED}` }
    expect(await read(fresh)).toEqual({ state: 'PENDING', names: null, list: unread })
    expect(await read(pull)).toEqual({
      ...{ state: 'FAILURE', names: ['build'] },
      list: { total: 1, stored: 1, state: 'complete', reason: `not read again yet: ${RESERVED}` },
    })
    await sync.pool.query('update github_budget set remaining = points, reset_at = null')
    const job = await sync.sync()
    expect([job.overall, await gaps()]).toEqual(['finished', []])
    expect(await read(fresh)).toMatchObject({ names: ['first'], list: { state: 'complete' } })
    expect((await read(pull)).names).toEqual(['build', 'late'])
    await webhooks.close()
  })
})

describe('webhooks about checks', () => {
  test('refresh the pull requests of their head: a storm in few calls, whatever its order', async () => {
    await open()
    const pull = openPull(['build'])
    await sync.sync({ mode: 'full' })
    const webhooks = await receiveWebhooks(standIn, sync.services)
    standIn.tally.reset()
    for (let index = 0; index < 60; index++) {
      const name = index % 2 === 0 ? `job ${index}` : `ci/${index}`
      standIn.changes.setCheck({ pull, name, state: 'PENDING' })
      standIn.changes.setCheck({ pull, name, state: 'SUCCESS' })
    }
    await webhooks.settled()
    const found = await read(pull)
    expect(found).toMatchObject({
      state: 'SUCCESS',
      list: { total: 61, stored: 61, state: 'complete' },
    })
    const { github, stored } = await bothSides()
    expect(stored).toEqual(github)
    const calls = standIn.tally.calls.filter(({ resource }) => resource === 'graphql')
    // 120 events that are read one by one are 240 calls.
    expect(calls.length).toBeLessThan(30)
    await webhooks.close()
  })
})

describe('what GitHub does not give', () => {
  test.each([['checks'], ['statuses']] as const)(
    'without the right %s, the others are stored',
    async (right) => {
      await open()
      const pull = openPull(['build', 'test', 'ci/coverage', 'ci/size'])
      standIn.changes.setPermission({ account: 'acme', permission: right, level: null })
      const job = await sync.sync({ mode: 'full' })
      expect([job.overall, await gaps()]).toEqual(['finished', []])
      const reason = 'GitHub withholds 2 of 4 checks: Resource not accessible by integration'
      expect(await read(pull)).toEqual({
        state: 'SUCCESS',
        names: right === 'checks' ? ['ci/coverage', 'ci/size'] : ['build', 'test'],
        list: { total: 4, stored: 2, state: 'incomplete', reason, settled: true },
      })
    },
  )

  test('without both rights, nothing is stored, and it is not shown as nothing', async () => {
    await open()
    const pull = openPull()
    for (const permission of ['checks', 'statuses'] as const)
      standIn.changes.setPermission({ account: 'acme', permission, level: null })
    await sync.pool.query(
      `update installation set settings = settings || '{"missing_permissions": ["checks", "statuses"]}'`,
    )
    await sync.sync({ mode: 'full' })
    expect(await read(pull)).toMatchObject({
      names: null,
      list: { total: null, state: 'unknown', reason: expect.stringContaining('withholds') },
    })
  })

  test('a right that is withdrawn keeps what is stored, as unknown', async () => {
    await open()
    const pull = openPull()
    await sync.sync({ mode: 'full' })
    for (const permission of ['checks', 'statuses'] as const)
      standIn.changes.setPermission({ account: 'acme', permission, level: null })
    await sync.sync({ mode: 'full' })
    const reason = 'GitHub withholds the checks: Resource not accessible by integration'
    expect((await read(pull)).list).toEqual({ total: null, stored: 2, state: 'unknown', reason })
  })

  test('a list with holes is a gap by name, which a later sync closes', async () => {
    const list = 'StatusCheckRollup.contexts'
    await open([{ kind: 'withheld-nodes', list, error: 'none' }])
    const pull = openPull()
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(await gaps()).toContainEqual({
      ...{ name: `${pull}, checks`, reason: 'GitHub returns only part of them' },
    })
    const reason = 'not read yet: GitHub returns only part of them'
    expect(await read(pull)).toMatchObject({ names: null, list: { state: 'unknown', reason } })
    standIn.faults.clear()
    await sync.pool.query('update gap set next_try_at = now()')
    await sync.sync()
    expect([await gaps(), (await read(pull)).names]).toEqual([[], ['build', 'ci/coverage']])
  })

  test('a list that is shorter than its count is believed at the second reading', async () => {
    await open([{ kind: 'short-list', list: 'checks', most: 1 }])
    const pull = openPull(['a', 'b', 'c'])
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await gaps()]).toEqual(['finished', []])
    const reason = '1 of 3 checks: GitHub counts more than it lists'
    expect((await read(pull)).list).toEqual({
      ...{ total: 3, stored: 1, state: 'incomplete', reason, settled: true },
    })
  })

  test.each<[string, GivenFault]>([
    ['too heavy a page', { kind: 'resource-limits', nodeBudget: 20, matching: 'CheckRun' }],
    ['bad gateways', { kind: 'bad-gateway', matching: 'CheckRun', times: 3 }],
  ])('after %s, everything is read', async (_, fault) => {
    await open([fault], 30)
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await gaps()]).toEqual(['finished', []])
    const { github, stored } = await bothSides()
    expect(stored).toEqual(github)
  })
})
