import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { heartbeat } from '#app/ledger/active-workers.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import { requestEverything, startRehearsal } from '../../support/ledger-checks.ts'
import { addInstallation, createEffects, newItem } from '../../support/rehearsal.ts'

vi.setConfig({ testTimeout: 60_000 })

/** `npm run bench:sync -- card` takes 1,000 of a longer sync. */
const SAMPLES = 40

let test_: TestServices
let pool: Pool
let runId: string

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
  await createEffects(pool)
})
afterAll(() => test_.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  for (const table of ['work_item', 'batch', 'worker']) await pool.query(`delete from ${table}`)
})

async function request(): Promise<string> {
  const installation = await addInstallation(test_.services.database)
  return (await requestEverything(test_.services.database, installation)).runId
}

async function readJob(): Promise<Job> {
  const [job] = await readJobs(pool, operatorScope(), { runId })
  return job as Job
}

const phase = async () => (await readJob()).phase

describe('a run with work that has been due for ten minutes', () => {
  const hand = () => workByHand(pool)

  beforeEach(async () => {
    runId = await request()
    const keys = ['page:1', 'page:2', 'page:3', 'page:4', 'page:5', 'page:6']
    const items = keys.map((key) => newItem('github_repositories/extraction', key))
    await startQueuedRuns(pool, async () => items, createLogger('silent'))
    await age('work_item', 'not_before')
    const slots = { extraction: 1, transform: 1, embedding: 1 }
    await heartbeat(pool, { id: 'w', host: 'here', pid: 1, slots })
    await age('worker', 'started_at')
  })

  async function age(table: string, column: string): Promise<void> {
    await pool.query(`update ${table} set ${column} = ${column} - interval '10 minutes'`)
  }

  test('is stalled if no worker ever took any', async () => {
    const { phase, steps } = await readJob()
    const { reason } = steps.github_repositories.details.extraction
    expect([phase, reason?.kind, reason?.message]).toEqual([
      'stalled',
      'queue',
      'work has been due for 10 min, but reaches no worker',
    ])
  })

  test('is running while a worker has just started', async () => {
    await pool.query('update worker set started_at = clock_timestamp()')
    expect(await phase()).toBe('running')
  })

  test('is running while a worker holds some, and for a minute after it was settled', async () => {
    const [batch] = await hand().take('extraction')
    expect(await phase()).toBe('running')
    await hand().settleAll(batch as NonNullable<typeof batch>)
    await pool.query('delete from batch')
    expect(await phase()).toBe('running')
    await age('stage', 'moved_at')
    expect(await phase()).toBe('stalled')
  })

  test('is stalled if what waited for a rate limit is not taken after the limit has passed', async () => {
    await pool.query(`update work_item set reason = 'rate_limit', message = 'later'`)
    expect(await phase()).toBe('stalled')
  })
})

test('a healthy slow run is never stalled, however long its items have waited', async () => {
  await pool.query(
    `alter table work_item alter not_before set default now() - interval '10 minutes'`,
  )
  runId = await request()
  const workers = await startSlowWorkers()
  try {
    await vi.waitFor(async () => expect(await stagesThatMoved()).toBe(6), 20_000)
    await pool.query(`update worker set started_at = started_at - interval '10 minutes'`)
    const seen: string[] = []
    while (seen.length < SAMPLES) seen.push(await phase())
    expect(new Set(seen)).toEqual(new Set(['running']))
    await cancelRun(pool, runId)
  } finally {
    await workers.close()
  }
})

async function stagesThatMoved(): Promise<number> {
  const { rowCount } = await pool.query(
    'select from stage where run_id = $1 and moved_at is not null',
    [runId],
  )
  return rowCount
}

/** One slot for each stage, and far more work than a test can wait for. */
function startSlowWorkers() {
  return startRehearsal(test_.services, {
    size: { repositories: 2, pages: 2_000, perPage: 3 },
    slots: 1,
    visited: () => new Promise((resolve) => setTimeout(resolve, 40)),
  })
}
