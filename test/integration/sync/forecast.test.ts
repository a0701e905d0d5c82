import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { readForecasts } from '#app/sync/status/forecast.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addRepository, insert } from '../../support/laid-rows.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const ELAPSED_MS = 40 * 60_000

let opened: TestServices
let pool: Pool
let runId: string

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
  const slots = { extraction: 1, transform: 1, embedding: 1 }
  // Without a worker, the job would be stalled.
  await insert(pool, 'worker', { id: 'w', host: 'h', pid: 1, slots })
})
afterAll(() => opened.close())

/** A run that has read 100 of 200 pull requests, and settled 1,000 items, in 40 minutes. */
beforeEach(async () => {
  await pool.query('delete from installation')
  const installation = await addInstallation(opened.services.database)
  runId = (await requestEverything(opened.services.database, installation)).runId
  const repository = await addRepository(pool, installation, 'acme/anvil')
  await insert(pool, 'repository_sync', {
    run_id: runId,
    repository_id: repository,
    since: new Date(0),
    started_at: new Date(),
    reached: new Date(0),
    open_parts: 1,
    expected: 200,
  })
  await pool.query(
    `insert into snapshot (run_id, repository_id, node_id, state, started_at, open_parts)
     select $1, $2, 'PR_' || n, 'complete', now(), 0 from generate_series(1, 100) n`,
    [runId, repository],
  )
  await pool.query(
    `update run set state = 'running', started_at = now() - interval '40 minutes' where id = $1`,
    [runId],
  )
  await pool.query(
    `insert into stage (run_id, position, step, stage, upstream, total, done, first_item_at, last_item_at)
     select $1, position, step, stage, '{}', total, done, now() - interval '40 minutes', last_item_at
     from (values (1, 'github_repositories', 'extraction', 0, 0, now()),
       (2, 'github_repositories', 'transform', 0, 0, now()),
       (4, 'github_prs_commits_reviews_comments', 'extraction', 2000, 1000, null))
       laid (position, step, stage, total, done, last_item_at)`,
    [runId],
  )
})

/** Lays how much was settled ten minutes ago. */
async function settledBefore(settled: number): Promise<void> {
  await pool.query(
    `insert into stage_minute (installation_id, minute, run_id, position, settled)
     select installation_id, now() - interval '10 minutes', id, 4, $2::int from run where id = $1`,
    [runId, settled],
  )
}

/** Returns the minutes that are left, at least and at most. */
async function leftOf(): Promise<{ least: number; most: number; points: number }> {
  const now = new Date()
  const jobs = await readJobs(pool, operatorScope())
  const [forecast] = await readForecasts(pool, operatorScope(), jobs, now)
  const left = (at: string | undefined) => (Date.parse(at ?? '') - now.getTime()) / 60_000
  return {
    least: left(forecast?.eta?.from),
    most: left(forecast?.eta?.to),
    points: forecast?.points ?? 0,
  }
}

test('half of the work takes about as long again as the first half', async () => {
  await settledBefore(750)
  const { least, most, points } = await leftOf()
  expect(least).toBeCloseTo(ELAPSED_MS / 60_000 / 1.15, 0)
  expect(most).toBeCloseTo(ELAPSED_MS / 60_000 / 0.85, 0)
  expect(points).toBe(9)
})

test('a run that has become slower may take longer', async () => {
  await settledBefore(875)
  const { least, most } = await leftOf()
  expect(least).toBeCloseTo(40 / 1.15, 0)
  expect(most).toBeCloseTo(80 / 0.85, 0)
})

test('a run that has become faster may end earlier', async () => {
  await settledBefore(500)
  const { least, most } = await leftOf()
  expect(least).toBeCloseTo(20 / 1.15, 0)
  expect(most).toBeCloseTo(40 / 0.85, 0)
})
