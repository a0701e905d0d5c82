import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { timeCall } from '#app/github/call-times.ts'
import { handOut, recover } from '#app/ledger/batches.ts'
import { requestRefresh } from '#app/ledger/runs.ts'
import { readTimes } from '#app/ledger/views/run-times.ts'
import type { ClaimedBatch, NewItem } from '#app/ledger/work-items.ts'
import type { Handlers } from '#workers/handlers.ts'
import { openLeases } from '#workers/leases.ts'
import { runWork } from '#workers/run-work.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import { addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { viewerOf } from '../../support/viewer-of.ts'

const PLACE = 'github_prs_commits_reviews_comments/extraction'
const EXTRACTION = { step: 'github_prs_commits_reviews_comments', stage: 'extraction' }
const logger = createLogger('silent')

let opened: TestServices
let pool: Pool
let installation: string
let repository: string
let hand: ReturnType<typeof workByHand>

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
  hand = workByHand(pool)
})
afterAll(() => opened.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from work_item')
  installation = await addInstallation(opened.services.database)
  repository = await addRepository(pool, installation, 'acme/anvil')
})

function pull(id: string): NewItem {
  const target = { id, repositorySyncId: null, repositoryId: repository }
  return { place: PLACE, key: id, payload: { kind: 'read pull_request', targets: [target] } }
}

async function request(...ids: string[]): Promise<string> {
  return (await requestRefresh(pool, installation, { trigger: 'webhook', items: ids.map(pull) }))
    .runId
}

/** Hands out what is due and runs it with a handler of this test. */
async function run(handler: Handlers[typeof PLACE]): Promise<void> {
  const handed = await handOut(pool, 'extraction', { slots: 4, unclaimedMs: 5_000 })
  const leases = openLeases(pool, 5_000, logger)
  const handlers = { [PLACE]: handler } as Handlers
  for (const { id } of handed)
    await runWork(
      {
        pool,
        vital: pool,
        handlers,
        leases,
        workerId: 'w',
        logger,
        leaseMs: 5_000,
        stopping: new AbortController().signal,
        push: () => {},
      },
      id,
    )
}

test('time in calls is that of GitHub, once for calls at the same time, and the rest is work', async () => {
  const runId = await request('PR_1')
  await run(async (items) => {
    await Promise.all([timeCall(() => sleep(300)), timeCall(() => sleep(300))])
    await sleep(200)
    return async () => items.map(() => ({ state: 'done' }))
  })
  const { stages, repositories } = await readTimes(pool, operatorScope(), runId)
  expect(stages).toMatchObject([EXTRACTION])
  expect(repositories).toMatchObject([{ name: 'acme/anvil' }])
  for (const { githubMs, workingMs } of [...stages, ...repositories]) {
    expect(githubMs).toBeGreaterThan(290)
    expect(githubMs).toBeLessThan(590)
    expect(workingMs).toBeGreaterThan(190)
  }
})

test('the time of a batch counts once, however many items it has and however often it is lost', async () => {
  const runId = await request('PR_1', 'PR_2', 'PR_3', 'PR_4')
  expect(await hand.take('extraction')).not.toEqual([])
  await pool.query('update batch set until = now()')
  await recover(pool)
  await sleep(200)
  const batches = await hand.take('extraction')
  for (const batch of batches) await hand.settleAll(batch)
  const waited = batches.reduce((sum, batch) => sum + batch.waited.queuedMs, 0)
  const { stages } = await readTimes(pool, operatorScope(), runId)
  expect(stages).toHaveLength(1)
  expect(waited).toBeGreaterThan(190)
  expect(stages[0]?.queuedMs).toBeCloseTo(waited, 3)
})

test('a pause counts while it lasts, and as long as it lasted once the item is taken', async () => {
  const runId = await request('PR_1')
  const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
  const until = new Date(Date.now() + 600)
  await hand.settleAll(batch, () => ({
    state: 'snooze',
    until,
    reason: 'rate_limit',
    message: 'wait',
  }))
  await sleep(200)
  const during = await readTimes(pool, operatorScope(), runId)
  expect(during.stages[0]?.pausedMs).toBeGreaterThan(100)
  expect(during.stages[0]?.pausedMs).toBeLessThan(1_500)
  await sleep(1_000)
  const [again] = (await hand.take('extraction')) as [ClaimedBatch]
  await hand.settleAll(again)
  const after = await readTimes(pool, operatorScope(), runId)
  expect(after.stages[0]?.pausedMs).toBeCloseTo(again.waited.pausedMs, 3)
  expect(again.waited.pausedMs).toBeGreaterThan(200)
  expect(again.waited.queuedMs).toBeGreaterThan(100)
})

test('repositories are named only where the log names them, and times go with their run', async () => {
  const runId = await request('PR_1')
  await hand.workOff('extraction')
  const operator = await readTimes(pool, operatorScope(), runId)
  expect(operator).toMatchObject({ stages: [{}], repositories: [{ name: 'acme/anvil' }] })
  const viewer = await readTimes(pool, await viewerOf(pool, installation), runId)
  expect(viewer).toMatchObject({ stages: [{}], repositories: [] })
  const stranger = viewerScope({ repositories: [], operates: [] })
  expect(await readTimes(pool, stranger, runId)).toEqual({
    ...{ wall: null, stages: [], repositories: [] },
  })
  await pool.query('delete from run')
  expect((await pool.query('select from repository_time')).rowCount).toBe(0)
})
