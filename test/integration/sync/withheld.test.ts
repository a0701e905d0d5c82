import { afterEach, describe, expect, test, vi } from 'vitest'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { type StandIn, type StandInOptions, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { type As, openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const ENGINE = ['acme/engine']
const until = new Date('2026-01-01')

let standIn: StandIn
let sync: Sync

async function open(faults: GivenFault[], options: Partial<StandInOptions> & { as?: As } = {}) {
  const { as = { repositories: ENGINE }, ...rest } = options
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 12, until } as const
  standIn = await startStandIn({ sources: [source], faults, ...rest })
  sync = await openSync(standIn, as)
}

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

/** Opens a pull request that everything happens to. */
function openPull(title = 'A change'): string {
  return `acme/engine#${standIn.changes.openPull({ repository: 'acme/engine', title }).number}`
}

/** Returns the fields that differ from GitHub, each once. */
async function differingFields(): Promise<string[]> {
  const differences = await differencesTo(standIn, sync, { repositories: ENGINE })
  const lines = differences.split('\n').filter(Boolean)
  return [...new Set(lines.map((line) => line.split(' ', 1)[0] ?? ''))]
}

async function gaps() {
  return (await sync.pool.query('select name, reason from gap order by name')).rows
}

describe('closing issues that these credentials may not read', () => {
  test.each([
    ['saml', /^GitHub withholds 1 of 1 closing issues: Resource protected by organization SAML/],
    ['none', /^GitHub withholds 1 of 1 closing issues: they are in repositories that these/],
  ] as const)('leave that list alone incomplete: %s', async (error, reason) => {
    await open([{ kind: 'withheld-nodes', error }])
    const { number } = standIn.changes.openIssue({ repository: 'acme/engine', title: 'It leaks' })
    const pull = openPull()
    standIn.changes.editPull({ pull, closes: [`acme/engine#${number}`] })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished')
    expect(await differingFields()).toEqual(['pullRequests.closingIssues'])
    expect(await gaps()).toEqual([])
    const { rows } = await sync.pool.query(
      `select is_complete, completeness -> 'closingIssues' as list from pull_request
       where 'acme/engine#' || number = '${pull}'`,
    )
    const list = { total: 1, stored: 0, state: 'incomplete', settled: true }
    expect(rows).toEqual([
      { isComplete: true, list: { ...list, reason: expect.stringMatching(reason) } },
    ])
  })
})

describe('a review that the owner of the token has not submitted', () => {
  const author = 'stand-in-reader'
  const threads = [{ path: 'a.ts', line: 1, body: 'Nobody may read this' }]

  test('is not stored, and everything else is complete', async () => {
    await open([])
    const review = { author, state: 'PENDING', body: 'A draft', threads } as const
    const draft = standIn.changes.review({ ...review, pull: openPull() })
    standIn.changes.review({ ...review, pull: openPull() })
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, await differingFields(), await gaps()]).toEqual(['finished', [], []])
    const found = await sync.pool.query(
      `select from raw_record where body::text ~ 'Nobody may read|A draft'
       union all select from passage where text ~ 'Nobody may read|A draft'`,
    )
    expect(found.rowCount).toBe(0)

    standIn.changes.submitReview({ id: draft.id })
    const next = await sync.sync()
    expect([next.overall, await differingFields(), await gaps()]).toEqual(['finished', [], []])
    const { rows } = await sync.pool.query(
      `select body from review where state = 'COMMENTED' and body = 'A draft'`,
    )
    expect(rows).toEqual([{ body: 'A draft' }])
  })
})
