import { afterEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { retryRun } from '#app/ledger/decisions.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { type StandIn, type StandInOptions, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync, withoutBackoff } from '../../support/compare-synced.ts'
import { type As, openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const ENGINE = ['acme/engine']
const until = new Date('2026-01-01')

let standIn: StandIn
let sync: Sync

async function open(options: Partial<StandInOptions> & { pulls: number; as?: As }) {
  const { pulls, as = { repositories: ENGINE }, ...rest } = options
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls, until } as const
  standIn = await startStandIn({ sources: [source], ...rest })
  sync = await openSync(standIn, as)
}

afterEach(async () => {
  await sync.close()
  await standIn.stop()
})

const compare = () => differencesTo(standIn, sync, { repositories: ENGINE })

function stepOf(job: Job) {
  return job.steps.github_prs_commits_reviews_comments
}

function whileLimited(): number {
  return Object.values(standIn.tally.all()).reduce((sum, one) => sum + one.whileLimited, 0)
}

const TRANSPORT = [
  'bad-gateway',
  'gateway-timeout',
  'truncated-json',
  'cut-connection',
  'empty-200',
  'wrong-content-type',
] as const

const PASSING: [string, GivenFault[]][] = [
  ...TRANSPORT.map((kind): [string, GivenFault[]] => [
    kind,
    [
      { kind, rate: 0.5, resource: 'graphql' },
      { kind, times: 2, resource: 'core' },
    ],
  ]),
  ['partial-errors', [{ kind: 'partial-errors', share: 0.1, rate: 0.6, resource: 'graphql' }]],
  ['null-nodes', [{ kind: 'null-nodes', share: 0.1, rate: 0.6, resource: 'graphql' }]],
  ['resource-limits', [{ kind: 'resource-limits', nodeBudget: 60, resource: 'graphql' }]],
  // Excludes the probe, because a single repository cannot be split into halves.
  [
    'slow',
    [{ kind: 'slow', secondsPerPull: 0.05, timeoutSeconds: 0.2, matching: 'reviewThreads' }],
  ],
]

describe('the copy is complete in the end, whatever fault occurs', () => {
  test.each(PASSING)('%s', async (kind, faults) => {
    await open({ pulls: 22 })
    await using _ = withoutBackoff(sync)
    standIn.faults.use(...faults)
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
    expect(standIn.faults.struck()[kind]).toBeGreaterThan(1)
  })

  test('expired-token', async () => {
    await open({ pulls: 20, as: 'app' })
    standIn.faults.use({ kind: 'expired-token', after: 1, times: 1, resource: 'graphql' })
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
    expect(standIn.faults.struck()).toEqual({ 'expired-token': 1 })
  })
})

test('an expired personal token fails the run with a hint, and nothing is lost', async () => {
  await open({ pulls: 16 })
  await sync.sync({ mode: 'full' })
  standIn.expireToken(standIn.personalToken)
  const job = await sync.sync({ mode: 'full' })
  expect([job.overall, job.error]).toEqual([
    'failed',
    expect.stringMatching(/personal token, which may have expired: set another one$/),
  ])
  expect(await compare()).toBe('')
})

describe('limits', () => {
  test.each<[string, GivenFault]>([
    ['RATE_LIMITED', { kind: 'primary-limit', spelling: 'RATE_LIMITED', seconds: 2 }],
    ['RATE_LIMIT', { kind: 'primary-limit', spelling: 'RATE_LIMIT', seconds: 2 }],
    ['a secondary limit with 403', { kind: 'secondary-limit', status: 403, seconds: 2 }],
    ['a secondary limit with 429', { kind: 'secondary-limit', status: 429, seconds: 2 }],
    ['a secondary limit with 200', { kind: 'secondary-limit', status: 200, seconds: 2 }],
  ])('%s pauses the run, which resumes on its own', async (_, fault) => {
    await open({ pulls: 18 })
    standIn.faults.use({ ...fault, resource: 'graphql', after: 1, times: 1 })
    const ending = sync.sync({ mode: 'full' })
    await vi.waitFor(async () => {
      const { rows } = await sync.pool.query('select state, paused_until from run')
      expect(rows).toEqual([{ state: 'paused', pausedUntil: expect.any(Date) }])
    }, 30_000)
    const [paused] = await readJobs(sync.pool, operatorScope())
    const { reason } = stepOf(paused as Job).details.extraction
    expect(reason?.message).toMatch(/^GitHub('s hourly budget is used up| asked for a pause)/)
    expect(reason?.detail).toMatch(/rate limit/i)
    const job = await ending
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
    expect(whileLimited()).toBe(0)
  })

  test('a run waits for a budget that is exhausted in the middle', async () => {
    await open({ pulls: 33, limits: { graphql: 3, windowSeconds: 3 } })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(await compare()).toBe('')
    expect(whileLimited()).toBe(0)
    expect(standIn.tally.of('user:stand-in-reader', 'graphql').points).toBeGreaterThan(6)
  })
})

describe('permanent faults', () => {
  test('a pull request that GitHub cannot return is a gap by name, and a retry closes it', async () => {
    await open({ pulls: 24 })
    await using _ = withoutBackoff(sync)
    const pull = standIn.content({ repositories: ENGINE }).pullRequests[3]
    standIn.faults.use({ kind: 'failing-pull', pull: pull?.id ?? '' })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(job.unfinished).toEqual([
      {
        state: 'gap',
        name: expect.stringContaining('acme/engine'),
        message: 'GitHub timed out (502)',
      },
    ])
    const gaps = async () => (await sync.pool.query('select node_id, name, reason from gap')).rows
    expect(await gaps()).toEqual([
      { nodeId: pull?.id, name: job.unfinished[0]?.name, reason: 'GitHub timed out (502)' },
    ])
    const missing = (await compare()).split('\n')
    expect(missing.some((line) => line.startsWith(`pullRequests of ${pull?.id}`))).toBe(true)
    expect(missing.every((line) => line.includes('missing'))).toBe(true)
    const { rows } = await sync.pool.query(
      'select synced_until is not null as moved from repository',
    )
    expect(rows).toEqual([{ moved: true }])

    standIn.faults.clear()
    expect(await retryRun(sync.pool, job.id as string)).toBe(1)
    expect((await sync.ended(job.id as string)).overall).toBe('finished')
    expect(await compare()).toBe('')
    expect(await gaps()).toEqual([])
  })

  test('a later run retries a gap when it is due', async () => {
    await open({ pulls: 20 })
    await using _ = withoutBackoff(sync)
    const pull = standIn.content({ repositories: ENGINE }).pullRequests[2]
    standIn.faults.use({ kind: 'failing-pull', pull: pull?.id ?? '' })
    await sync.sync({ mode: 'full' })
    standIn.faults.clear()
    await sync.sync()
    expect(await compare()).not.toBe('')
    await sync.pool.query('update gap set next_try_at = clock_timestamp()')
    expect((await sync.sync()).overall).toBe('finished')
    expect(await compare()).toBe('')
  })

  test('a wrongly empty list deletes nothing and is read again', async () => {
    await open({ pulls: 28 })
    await sync.sync({ mode: 'full' })
    for (const list of [
      'commits',
      'reviews',
      'comments',
      'reviewThreads',
      'threadComments',
    ] as const)
      standIn.faults.use({ kind: 'wrongly-empty', list })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(await compare()).toBe('')
    expect(job.unfinished[0]?.message).toMatch(
      /^GitHub returned \d+ .+ before but none now, so the list is read again/,
    )
    standIn.faults.clear()
    await sync.pool.query('update gap set next_try_at = clock_timestamp()')
    expect((await sync.sync()).overall).toBe('finished')
    expect(await compare()).toBe('')
  })

  test('wrongly missing pull requests or repositories are kept', async () => {
    await open({ pulls: 28 })
    await sync.sync({ mode: 'full' })
    standIn.faults.use({ kind: 'wrongly-empty', list: 'pullRequests' })
    const job = await sync.sync({ mode: 'full' })
    expect(job.overall).toBe('finished_with_gaps')
    expect(job.unfinished[0]).toMatchObject({ name: 'acme/engine', state: 'gap' })
    expect(await compare()).toBe('')
    standIn.faults.clear()
    expect((await sync.sync({ mode: 'full' })).overall).toBe('finished')
    const { rows } = await sync.pool.query('select count(*)::int as gaps from gap')
    expect(rows).toEqual([{ gaps: 0 }])
  })

  test('repositories that GitHub cannot return together are requested in halves', async () => {
    const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 16 } as const
    standIn = await startStandIn({ sources: [{ ...source, quietRepositories: 20, until }] })
    sync = await openSync(standIn, 'app')
    standIn.faults.use({ kind: 'resource-limits', nodeBudget: 12, matching: 'isArchived' })
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  })

  test('a repository that GitHub cannot return is a gap by name, and the others continue', async () => {
    await open({ pulls: 16, as: 'app' })
    await using _ = withoutBackoff(sync)
    await sync.sync({ mode: 'full' })
    standIn.changes.comment({ pull: 'acme/brick#1', body: 'Is not told' })
    standIn.changes.comment({ pull: 'acme/engine#1', body: 'Is told' })
    const { rows } = await sync.pool.query<{ id: string }>(
      `select node_id as id from repository where full_name = 'acme/brick'`,
    )
    standIn.faults.use({ kind: 'bad-gateway', matching: rows[0]?.id as string })
    const job = await sync.sync()
    expect(job.overall).toBe('finished_with_gaps')
    expect(job.unfinished).toEqual([
      { state: 'gap', name: 'acme/brick', message: 'GitHub timed out (502)' },
    ])
    const stored = await sync.pool.query(
      `select body from comment where body in ('Is told', 'Is not told')`,
    )
    expect(stored.rows).toEqual([{ body: 'Is told' }])
    standIn.faults.clear()
    await retryRun(sync.pool, job.id as string)
    expect((await sync.ended(job.id as string)).overall).toBe('finished')
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  })
})
