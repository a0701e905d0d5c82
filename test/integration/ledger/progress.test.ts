import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { noteProgress } from '#app/ledger/progress.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { STAGES } from '#app/queues/stages.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import { addRepository, insert } from '../../support/laid-rows.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation, newItem } from '../../support/rehearsal.ts'

const DATE = '2026-01-01T00:00:00Z'
const BEGINNING = '1970-01-01T00:00:00Z'

let test_: TestServices
let pool: Pool
let installation: string
let runId: string

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
})
afterAll(() => test_.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from work_item')
  installation = await addInstallation(test_.services.database)
  runId = (await requestEverything(test_.services.database, installation)).runId
  const items = [newItem('github_repositories/extraction', 'page:1')]
  await startQueuedRuns(pool, async () => items, createLogger('silent'))
})

/** Notes the progress and reads it: the percentage, or null while the total is unknown. */
async function progress(): Promise<number | null> {
  await noteProgress(pool)
  const { totalKnown, progress } = await readJob()
  return totalKnown ? progress : null
}

async function readJob(): Promise<Job> {
  const [job] = await readJobs(pool, operatorScope(), { runId })
  return job as Job
}

async function endListing(): Promise<void> {
  await pool.query(
    `update stage set total = 1, done = 1, last_item_at = now() where run_id = $1 and position <= 3`,
    [runId],
  )
}

/** Adds a repository of ten pull requests, of which `read` are read. */
async function addReading(name: string, read: number, since = BEGINNING): Promise<void> {
  const repository = await addRepository(pool, installation, name)
  const columns = { run_id: runId, repository_id: repository, started_at: DATE, open_parts: 1 }
  await insert(pool, 'repository_sync', { ...columns, since, reached: DATE, expected: 10 })
  for (let number = 0; number < read; number++)
    await insert(pool, 'snapshot', { ...columns, node_id: `${name}#${number}`, state: 'complete' })
}

describe('the progress of a job', () => {
  test('waits until all repositories are listed', async () => {
    await addReading('o/first', 10)
    expect(await progress()).toBeNull()
    await endListing()
    await addReading('o/second', 0)
    expect(await progress()).toBe(50)
  })

  test('waits while GitHub does not say how many pull requests there are since a date', async () => {
    await endListing()
    await addReading('o/dated', 3, DATE)
    expect(await progress()).toBeNull()
    await pool.query('update repository_sync set closed_at = now(), expected = 4')
    expect(await progress()).toBe(75)
  })

  test('counts a pull request when it is read and embedded', async () => {
    await endListing()
    await addReading('o/one', 6)
    await pool.query('update stage set total = 6, done = 1 where run_id = $1 and position = 6', [
      runId,
    ])
    expect(await progress()).toBe(10)
  })

  test('never decreases', async () => {
    await endListing()
    await addReading('o/one', 5)
    expect(await progress()).toBe(50)
    await pool.query('update repository_sync set expected = 20')
    expect(await progress()).toBe(50)
    await pool.query('delete from snapshot')
    expect(await progress()).toBe(50)
  })

  test('is measured in work items if no pull requests are to be read', async () => {
    await endListing()
    expect(await progress()).toBeNull()
    await pool.query('update stage set last_item_at = now() where run_id = $1 and position = 4', [
      runId,
    ])
    expect(await progress()).toBe(99)
  })

  test('stays where it was when the job is cancelled', async () => {
    await endListing()
    await addReading('o/one', 1)
    await cancelRun(pool, runId)
    const { overall, progress, totalKnown } = await readJob()
    expect([overall, progress, totalKnown]).toEqual(['cancelled', 10, true])
  })
})

describe('a job whose first item failed', () => {
  beforeEach(async () => {
    const [batch] = await workByHand(pool).take('extraction')
    const outcome = { state: 'failed', message: 'no such page' } as const
    await workByHand(pool).settleAll(batch as NonNullable<typeof batch>, () => outcome)
  })

  test('stands at 0 %', async () => {
    const { overall, progress } = await readJob()
    expect([overall, progress]).toEqual(['failed', 0])
  })

  test('has no other stage that started', async () => {
    const { steps } = await readJob()
    const states = Object.values(steps).flatMap((step) => STAGES.map((stage) => step[stage]))
    // The last three are those of code, which other jobs ingest.
    expect(states).toEqual(['failed', ...Array.from({ length: 8 }, () => 'idle')])
  })
})
