import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readPull } from '#app/archive/pull-requests.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { eraseDue } from '#app/sync/leaving/erase-due.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSearchOf } from '../../support/search/search-of.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const until = new Date('2026-01-01')
const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 16, until } as const
const PULL = { fullName: 'acme/engine', number: 0 }
const signal = new AbortController().signal

let standIn: StandIn
let sync: Sync

beforeEach(async () => {
  standIn = await startStandIn({ sources: [source] })
  const { number } = standIn.changes.openPull({ repository: 'acme/engine', title: 'A zeppelin' })
  PULL.number = number
  sync = await openSync(standIn, 'app', { config: { SYNC_HISTORY: 'all' } })
  expect((await sync.sync({ mode: 'full' })).overall).toBe('finished')
  await countWords(sync.pool, sync.services.database.profile, signal)
})
afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

/** What a web process and the workers do every few minutes. */
const learn = () => syncNewInstallations(sync.pool, sync.services.config, sync.services.logger)
const erase = () => eraseDue(sync.pool, sync.services.logger, signal)
const compare = () => differencesTo(standIn, sync, { account: 'acme' })

/** Returns what is left of the pull request in each way of reading. */
async function shown() {
  const { pool } = sync
  const page = await readRepositories(pool, operatorScope(), { limit: 99 })
  const request = { query: 'zeppelin', mode: 'auto', limit: 5 } as const
  return {
    listed: page.repositories.some((one) => one.fullName === PULL.fullName),
    read: (await readPull(pool, operatorScope(), PULL)) !== null,
    found: (await openSearchOf(pool)(operatorScope(), request)).hits.length > 0,
  }
}
const ALL = { listed: true, read: true, found: true }
const NOTHING = { listed: false, read: false, found: false }

/** Moves the time at which it left into the past. */
async function moveBack(hours: number): Promise<void> {
  for (const [table, column] of [
    ['installation', 'inactive_at'],
    ['repository', 'hidden_at'],
  ])
    await sync.pool.query(
      `update ${table} set ${column} = clock_timestamp() - $1 * interval '1 hour'
       where ${column} is not null`,
      [hours],
    )
}

async function rows() {
  const { rows: found } = await sync.pool.query<{ id: string; pulls: number }>(
    `select r.id, (select count(*)::int from pull_request p where p.repository_id = r.id) as pulls
     from repository r where full_name = $1`,
    [PULL.fullName],
  )
  return found
}

/** Checks that everything is kept for a day and then erased. @returns what there was. */
async function expectErasure() {
  const before = await rows()
  await moveBack(23)
  await erase()
  expect(await rows()).toEqual(before)
  await moveBack(25)
  await erase()
  expect(await rows()).toEqual([])
  return before
}

async function lastRun() {
  const { rows: found } = await sync.pool.query<{ id: string; trigger: string }>(
    'select id, trigger from run order by id desc limit 1',
  )
  return found[0] as { id: string; trigger: string }
}

test('a suspended installation is hidden and its job ends at once; nothing is lost', async () => {
  standIn.faults.use({ kind: 'slow', seconds: 1, timeoutSeconds: 30, resource: 'graphql' })
  const { runId } = await requestSync(sync.pool, await sync.installation(), 'manual', {
    mode: 'full',
  })
  standIn.changes.suspend({ account: 'acme' })
  expect(await shown()).toEqual(ALL)
  await learn()
  expect(await shown()).toEqual(NOTHING)
  await erase()
  const job = await sync.jobOf(runId)
  expect([job.overall, job.active]).toEqual([expect.stringMatching(/^(cancelled|failed)$/), false])
  const before = await rows()
  await moveBack(29 * 24)
  await erase()
  standIn.faults.clear()
  standIn.changes.comment({ pull: `acme/engine#${PULL.number}`, body: 'Meanwhile' })
  standIn.changes.unsuspend({ account: 'acme' })
  await learn()
  expect([await shown(), await rows()]).toEqual([ALL, before])
  expect((await sync.sync()).overall).toBe('finished')
  expect(await compare()).toBe('')
})

describe('an installation that is uninstalled', () => {
  beforeEach(async () => {
    standIn.changes.uninstall({ account: 'acme' })
    await learn()
  })

  test('is hidden at once and erased a day later; the next one starts with a first sync', async () => {
    expect(await shown()).toEqual(NOTHING)
    await expectErasure()
    const { rows: left } = await sync.pool.query(
      'select from passage union all select from raw_record union all select from run',
    )
    expect(left).toEqual([])
    standIn.changes.install({ account: 'acme' })
    await learn()
    const run = await lastRun()
    expect(run.trigger).toBe('schedule')
    expect((await sync.ended(run.id)).overall).toBe('finished')
    expect(await compare()).toBe('')
  })

  test('keeps everything if it is installed again in time, under a new id', async () => {
    const before = await rows()
    await moveBack(23)
    standIn.changes.install({ account: 'acme' })
    await learn()
    expect((await sync.ended((await lastRun()).id)).overall).toBe('finished')
    expect([await shown(), await rows(), await compare()]).toEqual([ALL, before, ''])
    await moveBack(25)
    await erase()
    expect([await shown(), await rows()]).toEqual([ALL, before])
  })
})

test('a repository that is not granted any more is hidden, erased a day later, and read anew', async () => {
  standIn.changes.revokeAccess({ repository: PULL.fullName })
  await sync.sync()
  expect(await shown()).toEqual(NOTHING)
  const before = await expectErasure()
  standIn.changes.grantAccess({ repository: PULL.fullName })
  expect((await sync.sync()).overall).toBe('finished')
  const [after] = await rows()
  expect([after?.pulls, after?.id === before[0]?.id]).toEqual([before[0]?.pulls, false])
  expect(await compare()).toBe('')
})
