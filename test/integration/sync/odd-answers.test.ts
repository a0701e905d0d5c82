import { afterEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync, withoutBackoff } from '../../support/compare-synced.ts'
import { type As, openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const ENGINE = ['acme/engine']
const until = new Date('2026-01-01')

let standIn: StandIn
let sync: Sync

async function open(faults: GivenFault[] = [], as: As = { repositories: ENGINE }, pulls = 16) {
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls, until } as const
  standIn = await startStandIn({ sources: [source], faults })
  sync = await openSync(standIn, as)
}

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

function openPull(title = 'A change') {
  return standIn.changes.openPull({ repository: 'acme/engine', title })
}

const compare = () => differencesTo(standIn, sync, { repositories: ENGINE })

/** Returns the fields that differ from GitHub, each once. */
async function differingFields(): Promise<string[]> {
  const lines = (await compare()).split('\n').filter(Boolean)
  return [...new Set(lines.map((line) => line.split(' ', 1)[0] ?? ''))].sort()
}

async function gaps() {
  return (await sync.pool.query('select name, reason from gap order by name')).rows
}

async function window() {
  const { rows } = await sync.pool.query<{ isWhole: boolean }>(
    `select synced_from = to_timestamp(0) as "isWhole" from repository`,
  )
  return rows.map((row) => row.isWhole)
}

describe('a list that GitHub refuses', () => {
  test.each(['reviewThreads', 'reviews', 'comments'] as const)(
    'is left out, with one notice for the installation: %s',
    async (list) => {
      await open([{ kind: 'field-error', field: `PullRequest.${list}`, type: 'FORBIDDEN' }])
      openPull()
      const job = await sync.sync({ mode: 'full' })
      expect([job.overall, await gaps()]).toEqual(['finished', []])
      expect((await differingFields()).filter((one) => one.includes('.'))).toEqual([])
      const { rows } = await sync.pool.query(
        `select distinct p.completeness #>> array[$1, 'state'] as state from pull_request p`,
        [list],
      )
      expect(rows).toEqual([{ state: 'unknown' }])
      const [status] = await readSyncStatuses(sync.pool, operatorScope())
      const isNullable = list === 'reviews'
      expect(status?.withheldLists).toEqual(
        isNullable ? [] : [`${list} (Resource not accessible by integration)`],
      )
    },
  )
})

describe('an error at a field that may be null', () => {
  test('leaves the field empty and stores the rest', async () => {
    await open([{ kind: 'field-error', field: 'PullRequest.milestone' }])
    openPull()
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await gaps()]).toEqual(['finished', []])
    expect((await differingFields()).filter((one) => one !== 'pullRequests.milestone')).toEqual([])
  })

  test('loses no repository whose database id GraphQL does not give', async () => {
    await open([{ kind: 'field-error', field: 'Repository.databaseId' }])
    openPull()
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await compare()]).toEqual(['finished', ''])
  })
})

describe('a token that GitHub does not know everywhere yet', () => {
  test.each([401, 403] as const)('is used again: %i', async (status) => {
    await open([{ kind: 'fresh-token', status }], 'app')
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
    const { rows } = await sync.pool.query('select active, inactive_reason from installation')
    expect(rows).toEqual([{ active: true, inactiveReason: null }])
  })
})

describe('a list of pull requests', () => {
  test('that ends too early is asked for again, and is never read from the beginning', async () => {
    await open([{ kind: 'short-list', list: 'pullRequests', most: 3 }])
    await using _ = withoutBackoff(sync)
    for (let count = 0; count < 5; count++) openPull()
    const total = standIn.content({ repositories: ENGINE }).pullRequests.length
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    const reason = `GitHub counts ${total} pull requests in acme/engine but lists 3`
    expect([await gaps(), await window()]).toEqual([[{ name: 'acme/engine', reason }], [false]])
    standIn.faults.clear()
    const next = await sync.sync({ mode: 'full' })
    expect([next.overall, await compare(), await window()]).toEqual(['finished', '', [true]])
  })

  test('of which GitHub never returns one is read on, and the missing one is a gap', async () => {
    await open()
    await using _ = withoutBackoff(sync)
    const [failing, before] = [openPull(), openPull()]
    standIn.faults.use({ kind: 'failing-node', id: failing.id })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    const name = `acme/engine: a pull request after #${before.number}`
    expect(await gaps()).toEqual([{ name, reason: expect.stringMatching(/^Something went wrong/) }])
    const lines = (await compare()).split('\n')
    expect(lines.every((line) => line.endsWith('stored is "missing"'))).toBe(true)
    standIn.faults.clear()
    const next = await sync.sync({ mode: 'full' })
    expect([next.overall, await compare(), await gaps()]).toEqual(['finished', '', []])
  })
})

describe('a cursor that does not move', () => {
  const LISTS = [
    'PullRequest.commits',
    'PullRequest.reviews',
    'PullRequest.comments',
    'PullRequest.reviewThreads',
    'PullRequestReviewThread.comments',
  ]

  test.each(['same', 'null'] as const)('is an error for every nested list: %s', async (cursor) => {
    await open(
      LISTS.map((list) => ({ kind: 'stuck-page', list, cursor })),
      { repositories: ENGINE },
      33,
    )
    await using _ = withoutBackoff(sync)
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(job.unfinished.map((one) => one.name)).toContainEqual(expect.stringMatching(/#1$/))
    standIn.faults.clear()
    await sync.pool.query('update gap set next_try_at = clock_timestamp()')
    await sync.sync()
    expect(await compare()).toBe('')
  })

  test.each(['same', 'null'] as const)('is an error for pages: %s', async (cursor) => {
    await open([{ kind: 'stuck-page', list: 'Repository.pullRequests', cursor }])
    await using _ = withoutBackoff(sync)
    for (let count = 0; count < 25; count++) openPull()
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await window()]).toEqual(['failed', [null]])
    standIn.faults.clear()
    const next = await sync.sync({ mode: 'full' })
    expect([next.overall, await compare()]).toEqual(['finished', ''])
  })
})

test('a repository that GitHub has blocked is named with the reason, and the others go on', async () => {
  await open([{ kind: 'blocked-repository', repository: 'acme/brick' }], {
    repositories: ['acme/brick', 'acme/engine'],
  })
  const job = await sync.sync({ mode: 'full' })
  expect(job.unfinished).toEqual([
    expect.objectContaining({
      message: 'GitHub has blocked access to acme/brick (403: tos)',
    }),
  ])
  expect(await compare()).toBe('')
})

test('a field that the server does not know is left out, and named once', async () => {
  await open([
    { kind: 'unknown-field', field: 'PullRequest.statusCheckRollup' },
    { kind: 'unknown-field', field: 'PullRequestReview.isMinimized' },
  ])
  openPull()
  const job = await sync.sync({ mode: 'full' })
  expect([job.overall, await gaps()]).toEqual(['finished', []])
  expect((await differingFields()).filter((one) => !/rollupState|minimized/i.test(one))).toEqual([])
})

describe('what GitHub counts but does not list', () => {
  test('is incomplete with its name, and settled when it is read again', async () => {
    await open([{ kind: 'short-list', list: 'threadComments', most: 0 }])
    const { number } = openPull()
    const threads = [{ path: 'a.ts', line: 1, body: 'Counted' }]
    standIn.changes.review({ pull: `acme/engine#${number}`, threads })
    const overall = async () => (await sync.sync({ mode: 'full' })).overall
    expect(await overall()).toBe('finished_with_gaps')
    expect(await overall()).toBe('finished')
    const { rows } = await sync.pool.query(
      `select completeness -> 'reviewComments' as list from pull_request where number = $1`,
      [number],
    )
    const reason = '0 of 1 review comments: GitHub counts more than it lists'
    const list = { total: 1, stored: 0, state: 'incomplete', reason, settled: true }
    expect([rows, await gaps()]).toEqual([[{ list }], []])
  })
})

test('a change of whether a comment is minimized arrives with the full run', async () => {
  await open()
  const pull = `acme/engine#${openPull().number}`
  const { id } = standIn.changes.comment({ pull, body: 'Buy now' })
  await sync.sync({ mode: 'full' })
  const flag = async () =>
    (
      await sync.pool.query(
        'select is_minimized, minimized_reason from comment where node_id = $1',
        [id],
      )
    ).rows
  expect(await flag()).toEqual([{ isMinimized: false, minimizedReason: null }])
  standIn.changes.minimize({ id, reason: 'spam' })
  await sync.sync({ mode: 'full' })
  expect(await flag()).toEqual([{ isMinimized: true, minimizedReason: 'spam' }])
  standIn.changes.minimize({ id })
  await sync.sync({ mode: 'full' })
  expect(await flag()).toEqual([{ isMinimized: false, minimizedReason: null }])
})

test('a bot among the assignees is stored, on an older server its people are', async () => {
  await open()
  const pull = `acme/engine#${openPull().number}`
  standIn.changes.editPull({ pull, assignees: ['ada', 'helper[bot]'] })
  await sync.sync({ mode: 'full' })
  expect(await compare()).toBe('')
  standIn.faults.use({ kind: 'unknown-field', field: 'PullRequest.assignedActors' })
  expect((await sync.sync({ mode: 'full' })).overall).toBe('finished')
  expect(await differingFields()).toEqual(['pullRequests.assignees'])
})

test('owner/* reads the private repositories that a token may read, too', async () => {
  await open([], { repositories: ['acme/*'] })
  await sync.sync({ mode: 'full' })
  const { rows } = await sync.pool.query(
    `select full_name from repository where visibility = 'PRIVATE'`,
  )
  expect(rows).toEqual([{ fullName: 'acme/secret' }])
})
