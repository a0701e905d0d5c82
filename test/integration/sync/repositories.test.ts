import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { refreshInstallations } from '#app/github/app/installations.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { eraseDue } from '#app/sync/leaving/erase-due.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync, withoutBackoff } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const source = {
  kind: 'generated',
  login: 'acme',
  repositories: 1,
  pulls: 16,
  until: new Date('2026-01-01'),
} as const

let standIn: StandIn
let sync: Sync
let backoff: AsyncDisposable

const compare = () => differencesTo(standIn, sync, { account: 'acme' })

interface Row {
  id: string
  nodeId: string
  fullName: string
  hiddenReason: string | null
  isArchived: boolean
}

async function repository(name: string): Promise<Row | undefined> {
  const { rows } = await sync.pool.query<Row>(
    'select id, node_id, full_name, hidden_reason, is_archived from repository where full_name = $1',
    [name],
  )
  return rows[0]
}

async function pullsOf(id: string | undefined): Promise<number> {
  const { rows } = await sync.pool.query<{ stored: number }>(
    `select count(*)::int as stored from pull_request
     where repository_id = $1 and deleted_at is null and title <> ''`,
    [id],
  )
  return rows[0]?.stored as number
}

async function settings(values: object): Promise<void> {
  await sync.pool.query('update installation set settings = settings || $1::jsonb', [
    JSON.stringify(values),
  ])
}

const endOf = (job: Job) => [job.overall, job.unfinished]
const FINISHED = ['finished', []]

beforeEach(async () => {
  standIn = await startStandIn({ sources: [source] })
})
afterEach(async () => {
  await backoff[Symbol.asyncDispose]()
  await sync.close()
  await standIn.stop()
})

async function open(as: Parameters<typeof openSync>[1]): Promise<void> {
  sync = await openSync(standIn, as)
  backoff = withoutBackoff(sync)
}

describe('as the App', () => {
  beforeEach(() => open('app'))

  test('the filter selects the repositories to read, and hides those that it excludes later', async () => {
    await settings({ repository_filter: { include: ['e*', 'acme/br*', 's*'], archived: false } })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    const names = async () =>
      (
        await sync.pool.query<{ name: string }>(
          'select name from repository where hidden_at is null order by name',
        )
      ).rows.map((row) => row.name)
    expect(await names()).toEqual(['brick', 'empty', 'engine', 'secret'])
    await settings({ repository_filter: { exclude: ['EMPTY'], visibility: ['public'] } })
    await sync.sync()
    expect(await names()).toEqual(['brick', 'engine', 'first', 'mortar', 'shelved'])
    expect(await repository('acme/secret')).toMatchObject({
      hiddenReason: 'excluded by the repository filter',
    })
    await settings({ repository_filter: {} })
    await sync.sync()
    expect(await compare()).toBe('')
  })

  test('an invalid filter fails the run with the field and a hint, and nothing is read', async () => {
    await settings({ repository_filter: { include: 'engine', visiblity: ['public'] } })
    const job = await sync.sync()
    expect(job.overall).toBe('failed')
    expect(job.error).toMatch(
      /repository_filter\.include: .+visiblity.+ Correct it in the settings of the installation/,
    )
    expect((await sync.pool.query('select from repository')).rowCount).toBe(0)
    await settings({ repository_filter: {} })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await compare()).toBe('')
  })

  test('a run with no repository granted, all excluded or none changed finishes', async () => {
    for (const { fullName } of standIn.content().repositories)
      standIn.changes.revokeAccess({ repository: fullName })
    const none = await sync.sync()
    expect([...endOf(none), none.progress]).toEqual([...FINISHED, 100])
    expect((await sync.pool.query('select from repository')).rowCount).toBe(0)
    for (const { fullName } of standIn.content().repositories)
      standIn.changes.grantAccess({ repository: fullName })
    await settings({ repository_filter: { include: ['nothing-is-called-so'] } })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect((await sync.pool.query('select from repository')).rowCount).toBe(0)
  })

  test('a repository that is no longer granted is hidden at once, keeps its data, and can return', async () => {
    await sync.sync()
    standIn.changes.revokeAccess({ repository: 'acme/engine' })
    standIn.changes.revokeAccess({ repository: 'acme/secret' })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await compare()).toBe('')
    const hidden = await repository('acme/engine')
    expect(hidden?.hiddenReason).toBe('not granted any more')
    expect(await pullsOf(hidden?.id)).toBe(3)
    standIn.changes.grantAccess({ repository: 'acme/engine' })
    await sync.sync()
    expect(await repository('acme/engine')).toMatchObject({ id: hidden?.id, hiddenReason: null })
    expect(await compare()).toBe('')
  })

  test('a repository that is read before the list of all ends is read to its end, and stays', async () => {
    await sync.close()
    await standIn.stop()
    standIn = await startStandIn({ sources: [{ ...source, quietRepositories: 200 }] })
    await open('app')
    await settings({ extraction_slots: 3 })
    standIn.faults.use({
      kind: 'slow',
      matching: '/installation/repositories',
      after: 2,
      seconds: 6,
    })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await compare()).toBe('')
    const { rows } = await sync.pool.query(
      'select count(*)::int as unread from repository where hidden_at is not null or synced_until is null',
    )
    expect(rows).toEqual([{ unread: 0 }])
  })

  test('a deleted repository is hidden, and no other is affected', async () => {
    await sync.sync()
    const gone = await repository('acme/brick')
    standIn.changes.deleteRepository({ repository: 'acme/brick' })
    standIn.changes.comment({ pull: 'acme/engine#1', body: 'Goes on' })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await compare()).toBe('')
    expect(await pullsOf(gone?.id)).toBe(3)
  })

  test('renamed and archived repositories keep their rows, and a transferred one is hidden', async () => {
    await sync.sync()
    const [engine, brick] = [await repository('acme/engine'), await repository('acme/brick')]
    standIn.changes.rename({ repository: 'acme/engine', name: 'motor' })
    standIn.changes.editRepository({ repository: 'acme/first', isArchived: true })
    standIn.changes.transfer({ repository: 'acme/brick', owner: 'elsewhere' })
    // Another repository takes the former name of the renamed one.
    standIn.changes.createRepository({ repository: 'acme/engine' })
    standIn.changes.openPull({ repository: 'acme/engine', title: 'The new one' })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await compare()).toBe('')
    expect(await repository('acme/motor')).toMatchObject({ id: engine?.id })
    expect(await repository('acme/first')).toMatchObject({ isArchived: true })
    expect((await repository('acme/brick'))?.hiddenReason).toBe('not granted any more')
    expect(await pullsOf(brick?.id)).toBe(3)
    const { rows } = await sync.pool.query<{ text: string }>(
      `select text from passage where kind = 'repository' and repository_id = $1`,
      [engine?.id],
    )
    expect(rows[0]?.text).toMatch(/^acme\/motor/)
  })

  test('an emptied repository keeps its data as a gap, until a person decides', async () => {
    await sync.sync()
    standIn.changes.emptyRepository({ repository: 'acme/first' })
    const job = await sync.sync()
    expect(endOf(job)).toEqual([
      'finished_with_gaps',
      [
        {
          state: 'gap',
          name: 'acme/first',
          message: 'GitHub returned no pull requests, but 2 are stored',
        },
      ],
    ])
    expect(await pullsOf((await repository('acme/first'))?.id)).toBe(2)
  })

  test('a missing permission to read contents withholds commits, and nothing else', async () => {
    standIn.changes.setPermission({ account: 'acme', permission: 'contents', level: null })
    const { pool, config, logger } = { pool: sync.pool, ...sync.services }
    await refreshInstallations(pool, config, logger)
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    const missing = (await compare()).split('\n')
    const fields = new Set(missing.map((line) => line.split(' of ')[0]))
    expect([...fields].sort()).toEqual([
      'commits',
      'pullRequests.commits',
      'pullRequests.mergeCommit',
      'reviews.commit',
    ])
    const { rows } = await pool.query(
      `select distinct completeness -> 'commits' ->> 'state' as commits,
         completeness -> 'reviews' ->> 'state' as reviews from pull_request`,
    )
    expect(rows).toEqual([{ commits: 'unknown', reviews: 'complete' }])
    standIn.changes.setPermission({ account: 'acme', permission: 'contents', level: 'read' })
    await refreshInstallations(pool, config, logger)
    await sync.sync({ mode: 'full' })
    expect(await compare()).toBe('')
  })

  test('a permission withdrawn during a run costs commits, not pull requests', async () => {
    await sync.sync()
    standIn.changes.setPermission({ account: 'acme', permission: 'contents', level: null })
    standIn.changes.comment({ pull: 'acme/engine#2', body: 'Still read' })
    expect(endOf(await sync.sync({ mode: 'full' }))).toEqual(FINISHED)
    const { rows } = await sync.pool.query(
      `select (select count(*)::int from comment where body = 'Still read') as said,
         (select count(*)::int from pull_request where deleted_at is null) as pulls,
         (select count(*)::int from pull_request_commit) > 0 as commits`,
    )
    expect(rows[0]).toEqual({ said: 1, pulls: 16, commits: true })
  })

  test.each([
    ['suspended', () => standIn.changes.suspend({ account: 'acme' })],
    ['uninstalled', () => standIn.changes.uninstall({ account: 'acme' })],
  ])('an installation that is %s during a run fails the run with a hint', async (word, act) => {
    let calls = 0
    const push = Array.prototype.push
    vi.spyOn(standIn.tally.calls, 'push').mockImplementation((...all) => {
      if (all.some((one) => one.resource === 'graphql') && ++calls === 1) act()
      return push.apply(standIn.tally.calls, all)
    })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('failed')
    expect(job.active).toBe(false)
    expect(job.error).toBe(`The installation is inactive: ${word} on GitHub`)
    await expect(sync.sync()).rejects.toThrow()
  })
})

describe('with a token', () => {
  const names = ['acme/engine', 'acme/secret', 'acme/brick']
  const inTables = (repositories: string[]) => differencesTo(standIn, sync, { repositories })

  test('an unknown name is reported with a hint, and the others are read', async () => {
    await open({ repositories: ['acme/nowhere', ...names] })
    const job = await sync.sync()
    expect(endOf(job)).toEqual([
      'failed',
      [
        {
          state: 'failed',
          name: 'acme/nowhere',
          message: expect.stringMatching(/^acme\/nowhere does not exist.*: check the name/),
        },
      ],
    ])
    expect(await inTables(names)).toBe('')
    expect(endOf(await sync.sync())).toEqual(FINISHED)
  })

  test('a deleted repository is removed after GitHub has reported it twice', async () => {
    await open({ repositories: names })
    await sync.sync()
    const gone = await repository('acme/brick')
    standIn.changes.deleteRepository({ repository: 'acme/brick' })
    const first = await sync.sync()
    expect(first.overall).toBe('finished_with_gaps')
    expect(first.unfinished[0]?.name).toBe('acme/brick')
    expect((await repository('acme/brick'))?.hiddenReason).toBe('not found on GitHub')
    expect(await pullsOf(gone?.id)).toBe(3)
    expect(await inTables(names.filter((name) => name !== 'acme/brick'))).toBe('')
    await sync.sync()
    const again = await sync.sync()
    expect([again.overall, await pullsOf(gone?.id)]).toEqual(['finished_with_gaps', 3])
    await eraseDue(sync.pool, sync.services.logger, AbortSignal.timeout(60_000))
    expect(await repository('acme/brick')).toBeUndefined()
    const { rows } = await sync.pool.query(
      `select (select count(*)::int from tombstone where kind = 'pull_request') as tombstones,
         (select count(*)::int from passage where repository_id = $1) as passages`,
      [gone?.id],
    )
    expect(rows[0]).toEqual({ tombstones: 3, passages: 0 })
  })

  test('a renamed or transferred repository is followed and keeps its row', async () => {
    await open({ repositories: names })
    await sync.sync()
    const before = await repository('acme/engine')
    standIn.changes.rename({ repository: 'acme/engine', name: 'motor' })
    standIn.changes.transfer({ repository: 'acme/brick', owner: 'elsewhere' })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await repository('acme/motor')).toMatchObject({ id: before?.id })
    expect(await inTables(['acme/motor', 'acme/secret', 'elsewhere/brick'])).toBe('')
  })

  test('a repository that was taken down is hidden, reported and kept', async () => {
    await open({ repositories: names })
    await sync.sync()
    standIn.changes.editRepository({ repository: 'acme/brick', isBlocked: true })
    const job = await sync.sync()
    expect(endOf(job)).toEqual([
      'finished_with_gaps',
      [
        {
          state: 'gap',
          name: 'acme/brick',
          message: 'GitHub has disabled acme/brick for legal reasons (451: dmca)',
        },
      ],
    ])
    const hidden = await repository('acme/brick')
    expect(hidden?.hiddenReason).toBe(
      'GitHub has disabled acme/brick for legal reasons (451: dmca)',
    )
    expect(await pullsOf(hidden?.id)).toBe(3)
    standIn.changes.editRepository({ repository: 'acme/brick', isBlocked: false })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await inTables(names)).toBe('')
    expect((await sync.pool.query('select from gap')).rowCount).toBe(0)
  })

  test('owner/* reads all repositories of an account, and no others', async () => {
    await open({ repositories: ['acme/*'] })
    expect(endOf(await sync.sync())).toEqual(FINISHED)
    expect(await inTables(standIn.content().repositories.map((one) => one.fullName))).toBe('')
  })
})
