import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { readProgress } from '#app/sync/status/progress.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { callWhence } from '../../services/whence.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const PULLS = 60
const START = new Date('2026-02-01T12:00:00Z')
const repositories = ['acme/long']

let standIn: StandIn
let sync: Sync
let last = '0'

/** Creates sixty pull requests, a day apart; the last one was updated on the day of `START`. */
beforeEach(async () => {
  const clock = makeClock({ start: new Date(START.getTime() - PULLS * 86_400_000) })
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 13 } as const
  standIn = await startStandIn({ sources: [source], clock })
  standIn.changes.createRepository({ repository: 'acme/long' })
  for (let number = 1; number <= PULLS; number++) {
    clock.advance(86_400)
    standIn.changes.openPull({ repository: 'acme/long', title: `Day ${number}`, body: 'Text' })
  }
  clock.advance(3600)
  sync = await openSync(standIn, { repositories })
  last = '0'
})
afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

const dayOf = (number: number) => new Date(START.getTime() - (PULLS - number) * 86_400_000)

/** Returns the numbers of the pull requests read since the last call, in order. */
async function numbersRead(): Promise<number[]> {
  const { rows } = await sync.pool.query<{ id: string; number: number }>(
    `select s.id, p.number from snapshot s join pull_request p on p.node_id = s.node_id
     where s.id > $1 order by p.number`,
    [last],
  )
  last = String(Math.max(Number(last), ...rows.map((row) => Number(row.id))))
  return rows.map((row) => row.number)
}

async function window() {
  const { rows } = await sync.pool.query<{ syncedFrom: Date; syncedUntil: Date }>(
    `select synced_from, synced_until from repository where full_name = 'acme/long'`,
  )
  return rows[0] as { syncedFrom: Date; syncedUntil: Date }
}

const from = (first: number, to = PULLS) =>
  Array.from({ length: to - first + 1 }, (_, index) => first + index)

test('the newest few are read first, and a wider run continues below them', async () => {
  const few = await sync.sync({ maxPrs: 25 })
  expect(few.overall).toBe('finished')
  expect(await numbersRead()).toEqual(from(36))
  const progress = await readProgress(sync.pool, operatorScope(), few.id as string)
  expect(progress).toEqual({
    expected: 25,
    atMost: false,
    isListed: true,
    read: 25,
    limited: [{ repository: 'acme/long', stored: 25, github: 60 }],
  })
  const status = (...more: string[]) => callWhence(['status', ...more], {}, sync.services)
  expect((await status()).stdout).toContain('acme/long: the newest 25 of 60')
  expect((await status()).stdout).toMatch(/GitHub: [\d,]+ of [\d,]+ points left/)
  expect(JSON.parse((await status('--json')).stdout).jobs).toMatchObject([
    { newest: [{ repository: 'acme/long', stored: 25, of: 60 }] },
  ])
  const { syncedFrom } = await window()
  expect(Math.abs(syncedFrom.getTime() - dayOf(36).getTime())).toBeLessThan(3_600_000)

  await sync.sync({ maxPrs: 25 })
  expect(await numbersRead()).toEqual([])
  await sync.sync({ maxPrs: 30 })
  expect(await numbersRead()).toEqual(from(31, 35))
  const wider = await sync.sync()
  expect(await numbersRead()).toEqual(from(1, 30))
  expect(await readProgress(sync.pool, operatorScope(), wider.id as string)).toEqual({
    expected: 30,
    atMost: false,
    isListed: true,
    read: 30,
    limited: [],
  })
  expect((await window()).syncedFrom).toEqual(new Date(0))
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
})

test('changes at the top and missing pull requests below are read in one run', async () => {
  await sync.sync({ maxPrs: 21 })
  await numbersRead()
  standIn.clock.advance(86_400)
  standIn.changes.comment({ pull: 'acme/long#58', body: 'At the top' })
  standIn.changes.comment({ pull: 'acme/long#3', body: 'From far below' })
  standIn.clock.advance(60)
  await sync.sync()
  const read = await numbersRead()
  expect(read.filter((number) => number >= 41)).toEqual([58])
  expect(read.filter((number) => number < 41)).toEqual(from(1, 39))
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
})

test('a run since a date reads what was updated from then on, and one since an earlier date the rest', async () => {
  const since = new Date(dayOf(31).getTime() - 43_200_000)
  const job = await sync.sync({ since: since.toISOString() })
  expect(job.overall).toBe('finished')
  expect(await numbersRead()).toEqual(from(31))
  expect((await window()).syncedFrom).toEqual(since)

  await sync.sync({ since: new Date(dayOf(11).getTime() - 43_200_000).toISOString() })
  // The page at which the first run ended is read again.
  expect(await numbersRead()).toEqual(from(11, 42))
  await sync.sync({ since: 'all' })
  expect((await window()).syncedFrom).toEqual(new Date(0))
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
})

test('the history of an installation limits how far back its runs go', async () => {
  const day = dayOf(50).toISOString().slice(0, 10)
  await sync.pool.query(
    `update installation set settings = settings || jsonb_build_object('history', $1::text)`,
    [day],
  )
  await sync.sync()
  expect(await numbersRead()).toEqual(from(50))
  expect((await window()).syncedFrom).toEqual(new Date(day))
  // A limit to the newest pull requests ignores their age.
  await sync.sync({ maxPrs: 20 })
  expect(await numbersRead()).toEqual(expect.arrayContaining(from(41, 49)))
})

test('a full run reads the entire window again, whatever was read before', async () => {
  await sync.sync({ maxPrs: 10 })
  await numbersRead()
  await sync.sync({ mode: 'full' })
  expect(new Set(await numbersRead()).size).toBe(PULLS)
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
})

test('a window is replaced if a later, narrower run does not meet it', async () => {
  await sync.sync({ maxPrs: 5 })
  standIn.clock.advance(10 * 86_400)
  for (const number of from(1, 50))
    standIn.changes.comment({ pull: `acme/long#${number}`, body: 'All move' })
  standIn.clock.advance(60)
  await sync.sync({ mode: 'full', maxPrs: 30 })
  const { syncedFrom, syncedUntil } = await window()
  expect(syncedFrom.getTime()).toBeGreaterThan(dayOf(PULLS).getTime() + 86_400_000)
  expect(syncedUntil.getTime()).toBeGreaterThan(syncedFrom.getTime())
  await sync.sync()
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
})
