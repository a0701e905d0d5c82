import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { retryRun } from '#app/ledger/decisions.ts'
import { deleteOldMinutes, tellTime } from '#app/ledger/run-clock.ts'
import { requestRefresh } from '#app/ledger/runs.ts'
import { type RunClock, readClocks, readLastHour } from '#app/ledger/views/run-clocks.ts'
import type { ClaimedBatch, NewItem } from '#app/ledger/work-items.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import { addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const PLACE = 'github_prs_commits_reviews_comments/extraction'

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

/** Tells the time, and checks that the parts are the whole. */
async function clockOf(runId: string): Promise<RunClock> {
  await tellTime(pool)
  const clock = (await readClocks(pool, operatorScope(), [runId]))[runId] as RunClock
  const { wallMs, ...parts } = clock
  const sum = Object.values(parts).reduce((all, part) => all + part, 0)
  expect(sum).toBeCloseTo(wallMs, 3)
  return clock
}

test('what workers have in hand is theirs, and what nobody has in hand is queued', async () => {
  const runId = await request('PR_1')
  await tellTime(pool)
  await sleep(300)
  const queued = await clockOf(runId)
  expect(queued.queuedMs).toBeGreaterThan(250)
  const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
  await sleep(400)
  const inHand = await clockOf(runId)
  expect(inHand.githubMs).toBeGreaterThan(350)
  expect(inHand.queuedMs).toBeLessThan(queued.queuedMs + inHand.githubMs)
  await hand.settleAll(batch)
  const ended = await clockOf(runId)
  const wall = await pool.query<{ ms: number }>(
    `select (extract(epoch from finished_at - started_at) * 1000)::float8 as ms from run where id = $1`,
    [runId],
  )
  expect(ended.wallMs).toBeCloseTo(wall.rows[0]?.ms as number, 0)
  expect(ended.unaccountedMs).toBeLessThan(ended.wallMs / 100)
  await sleep(100)
  expect(await clockOf(runId)).toEqual(ended)
})

test('a wait for a limit is a pause, and one for another attempt is not', async () => {
  const runId = await request('PR_1')
  await tellTime(pool)
  const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
  const until = new Date(Date.now() + 60_000)
  const message = 'wait'
  await hand.settleAll(batch, () => ({ state: 'snooze', until, reason: 'rate_limit', message }))
  await tellTime(pool)
  await sleep(300)
  const paused = await clockOf(runId)
  expect(paused.pausedMs).toBeGreaterThan(250)
  await pool.query(`update work_item set reason = 'retrying'`)
  await sleep(300)
  const retrying = await clockOf(runId)
  expect(retrying.retryingMs).toBeGreaterThan(250)
  expect(retrying.pausedMs).toBeCloseTo(paused.pausedMs, 3)
})

test('time that nobody told is unaccounted, and time between an end and a retry is none', async () => {
  const runId = await request('PR_1')
  const backdate = `update run set started_at = started_at - interval '1 hour',
    finished_at = finished_at - interval '20 minutes' where id = $1`
  await pool.query(backdate, [runId])
  const lost = await clockOf(runId)
  expect(lost.unaccountedMs).toBeGreaterThan(3_599_000)
  const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
  await hand.settleAll(batch, () => ({ state: 'gap', subject: 'pr', message: 'gone' }))
  await clockOf(runId)
  // It ended half an hour ago.
  await pool.query(
    `update run_clock set told_at = told_at - interval '30 minutes' where run_id = $1`,
    [runId],
  )
  await pool.query(`update run set started_at = started_at - interval '30 minutes' where id = $1`, [
    runId,
  ])
  await retryRun(pool, runId)
  const again = await clockOf(runId)
  expect(again.wallMs).toBeLessThan(lost.wallMs + 60_000)
})

test('two processes that tell the time at once count it once', async () => {
  const runId = await request('PR_1')
  await tellTime(pool)
  await sleep(200)
  await Promise.all([tellTime(pool), tellTime(pool), tellTime(pool)])
  const clock = await clockOf(runId)
  expect(clock.queuedMs).toBeLessThanOrEqual(clock.wallMs + 1)
})

test('a clock is shown to who operates the installation alone', async () => {
  const runId = await request('PR_1')
  await tellTime(pool)
  const stranger = viewerScope({ repositories: [repository], operates: [] })
  expect(await readClocks(pool, stranger, [runId])).toEqual({})
  expect(await readLastHour(pool, stranger)).toEqual([])
})

test('the last hour is that of all runs, without what was settled before', async () => {
  const before = await request('PR_1', 'PR_2')
  await hand.workOff('extraction')
  await tellTime(pool)
  expect(await readLastHour(pool, operatorScope())).toMatchObject([
    { installationId: installation, stage: 'extraction', settled: 2 },
  ])
  // It has run for two hours, and two of its items were settled before the last one.
  await pool.query(`update run set started_at = started_at - interval '2 hours' where id = $1`, [
    before,
  ])
  expect(await readLastHour(pool, operatorScope())).toEqual([])
  const second = await request('PR_3')
  expect(second).not.toBe(before)
  await hand.workOff('extraction')
  await tellTime(pool)
  expect(await readLastHour(pool, operatorScope())).toMatchObject([{ settled: 1 }])
  await pool.query(`update stage_minute set minute = minute - interval '3 hours'`)
  await deleteOldMinutes(pool)
  expect((await pool.query('select from stage_minute')).rowCount).toBe(0)
})
