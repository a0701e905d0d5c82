import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startStandIn } from '../../github/stand-in.ts'
import { describeOnProfile, describeWithShared } from '../../services/requirements.ts'
import { differencesTo, repositoryNames, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 180_000 })

const ACME = {
  kind: 'generated',
  login: 'acme',
  repositories: 1,
  until: new Date('2026-01-01'),
} as const

/** Counts what a finished run must not leave behind. */
async function loose({ pool }: Sync): Promise<Record<string, number> | undefined> {
  const { rows } = await pool.query<Record<keyof typeof NOTHING, number>>(
    `select (select count(*)::int from repository_sync where closed_at is null or open_parts > 0) as repository_syncs,
       (select count(*)::int from snapshot where state = 'open') as snapshots,
       (select count(*)::int from fetch_queue) as fetch_queue,
       (select count(*)::int from stage where last_item_at is null or open > 0) as stages,
       (select count(*)::int from repository where synced_from is distinct from to_timestamp(0)
         or synced_until is null or last_synced_at is null) as windows`,
  )
  return rows[0]
}

const NOTHING = { repositorySyncs: 0, snapshots: 0, fetchQueue: 0, stages: 0, windows: 0 }

test('an App installation is copied completely, and a second run reads no pull request again', async () => {
  const standIn = await startStandIn({ sources: [{ ...ACME, pulls: 33 }] })
  await using sync = await openSync(standIn, 'app')
  const job = await sync.sync({ mode: 'full' })
  expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  // GitHub returns at most a hundred closing issues.
  expect(job.unfinished).toEqual([
    { state: 'gap', name: 'acme/engine#10', message: '100 of 105 closing issues' },
  ])
  expect([job.overall, job.progress, job.error]).toEqual(['finished_with_gaps', 100, null])
  expect(await loose(sync)).toEqual(NOTHING)
  const most = Object.values(standIn.tally.all()).map((one) => one.maxConcurrency)
  expect(Math.max(...most)).toBe(1)

  standIn.tally.reset()
  const again = await sync.sync()
  expect([again.overall, again.mode]).toEqual(['finished', 'incremental'])
  expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  expect(pointsOf(standIn)).toEqual({ graphql: 1, core: 0 })
  await standIn.stop()
})

test('the repositories that a token names are copied completely, and no others', async () => {
  const standIn = await startStandIn({ sources: [{ ...ACME, pulls: 19 }] })
  const repositories = ['acme/engine', 'acme/secret', 'acme/empty', 'acme/brick']
  await using sync = await openSync(standIn, { repositories })
  const job = await sync.sync({ mode: 'full' })
  expect([job.overall, job.unfinished]).toEqual(['finished', []])
  expect(await differencesTo(standIn, sync, { repositories })).toBe('')
  expect(await loose(sync)).toEqual(NOTHING)

  standIn.tally.reset()
  expect((await sync.sync()).overall).toBe('finished')
  expect(pointsOf(standIn)).toEqual({ graphql: 1, core: 0 })
  await standIn.stop()
})

describeWithShared('the three real repositories', (shared) => {
  // On the embedded profile they would take most of the time of all tests in this folder.
  describeOnProfile('external', 'on PostgreSQL', () => real(shared))
})

function real(shared: string): void {
  test('are complete, with every row that GitHub has', async () => {
    const path = join(shared, 'data', 'github')
    const standIn = await startStandIn({ sources: [{ kind: 'archives', path }] })
    const repositories = repositoryNames(standIn)
    await using sync = await openSync(standIn, { repositories })
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await differencesTo(standIn, sync, { repositories })).toBe('')
    const { rows } = await sync.pool.query(
      `select (select count(*)::int from pull_request where is_complete) as "pullRequests",
         (select count(*)::int from pull_request_commit) as commits, (select count(*)::int from review) as reviews,
         (select count(*)::int from review_thread) as "reviewThreads",
         (select count(*)::int from review_comment) as "reviewComments",
         (select count(*)::int from comment) as comments`,
    )
    expect(rows[0]).toEqual({
      pullRequests: 1178,
      commits: 3038,
      reviews: 4137,
      reviewThreads: 2902,
      reviewComments: 5510,
      comments: 1459,
    })
    await standIn.stop()
  })
}

function pointsOf({ tally }: Awaited<ReturnType<typeof startStandIn>>) {
  const all = Object.entries(tally.all())
  const sum = (end: string) =>
    all.filter(([who]) => who.endsWith(end)).reduce((points, [, one]) => points + one.points, 0)
  return { graphql: sum(' graphql'), core: sum(' core') }
}
