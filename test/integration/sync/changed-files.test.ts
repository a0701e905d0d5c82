import { afterEach, expect, test, vi } from 'vitest'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const ENGINE = ['acme/engine']

let standIn: StandIn
let sync: Sync

async function open() {
  const until = new Date('2026-01-01')
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 30, until } as const
  standIn = await startStandIn({ sources: [source] })
  sync = await openSync(standIn, { repositories: ENGINE })
}

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

async function states() {
  const { rows } = await sync.pool.query<{ state: string }>(
    `select distinct completeness #>> '{files,state}' as state from pull_request`,
  )
  return rows.map(({ state }) => state)
}

test('the list follows a push and a force-push', async () => {
  await open()
  const by = 'ada'
  const pull = `acme/engine#${
    standIn.changes.openPull({ repository: 'acme/engine', title: 'A change', author: by }).number
  }`
  await sync.sync({ mode: 'full' })
  expect(await states()).toEqual(['complete'])
  for (const change of [standIn.changes.push, standIn.changes.forcePush]) {
    change({ pull, by })
    await sync.sync()
    expect(await differencesTo(standIn, sync, { repositories: ENGINE })).toBe('')
  }
})

test('where they are switched off, no query asks for them, and pages are wider', async () => {
  await open()
  await sync.pool.query(`update installation set settings = settings || '{"changed_files": false}'`)
  const job = await sync.sync({ mode: 'full' })
  expect(job.overall).toBe('finished')
  expect(await states()).toEqual(['unknown'])
  const { rows } = await sync.pool.query('select from pull_request_file')
  expect(rows).toEqual([])
  // 21 pull requests with seven lists of 100.
  expect(standIn.tally.calls.map(({ nodes }) => nodes)).toContain(21 + 21 * 700)
})
