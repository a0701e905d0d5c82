import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { cancelRun, retryRun } from '#app/ledger/decisions.ts'
import { requestRefresh } from '#app/ledger/runs.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { openTestServices, type TestServices, testProfile } from '../../services/setup.ts'
import {
  expectCountersTrue,
  expectMomentsOnce,
  requestEverything,
  runEnded,
  startRehearsal,
  watchMoments,
} from '../../support/ledger-checks.ts'
import {
  addInstallation,
  createEffects,
  itemsOf,
  newItem,
  readEffects,
  type Troubles,
} from '../../support/rehearsal.ts'

const FULL_SIZE =
  testProfile() === 'external'
    ? { repositories: 10, pages: 20, perPage: 25 }
    : { repositories: 5, pages: 4, perPage: 25 }
const SMALL = { repositories: 2, pages: 2, perPage: 5 }
const PULLS = 'github_prs_commits_reviews_comments'

let test_: TestServices
let db: Queryable
let installation: string
let workers: WorkerProcess[] = []

beforeAll(async () => {
  test_ = await openTestServices()
  db = test_.services.database.pool
  await createEffects(db)
  await watchMoments(db)
})
afterAll(() => test_.close())
beforeEach(async () => {
  installation = await addInstallation(test_.services.database)
  return async () => {
    await Promise.all(workers.map((worker) => worker.close()))
    workers = []
  }
})

async function work(options: Parameters<typeof startRehearsal>[1], processes = 1): Promise<void> {
  for (let n = 0; n < processes; n++)
    workers.push(await startRehearsal(test_.services, { slots: 4 / processes, ...options }))
}

async function runWith(options: Parameters<typeof startRehearsal>[1], processes = 1) {
  const { runId } = await requestEverything(test_.services.database, installation)
  await work(options, processes)
  return { runId, state: await runEnded(db, runId) }
}

describe('a run', () => {
  test('settles every item exactly once in effect, with four workers', async () => {
    const { runId, state } = await runWith({ size: FULL_SIZE }, 4)
    expect(state).toBe('finished')
    expect(await readEffects(db, runId)).toEqual({ 1: itemsOf(FULL_SIZE) })
    await expectCountersTrue(db, runId)
    await expectMomentsOnce(db, runId)
  })

  test('packs items into at most one queue job for five pull requests', async () => {
    let queueJobs = 0
    const { runId } = await runWith({ size: FULL_SIZE, visited: () => void queueJobs++ })
    const pulls = FULL_SIZE.repositories * FULL_SIZE.pages * FULL_SIZE.perPage
    expect(await readEffects(db, runId)).toEqual({ 1: itemsOf(FULL_SIZE) })
    expect(queueJobs / pulls).toBeLessThanOrEqual(0.2)
  })

  test('without items ends, with every timestamp set and every total 0', async () => {
    const { runId, state } = await runWith({ size: { repositories: 0, pages: 0, perPage: 0 } })
    expect(state).toBe('finished')
    await expectMomentsOnce(db, runId)
    const { rows } = await db.query<{ n: number }>(
      'select sum(total)::int as n from stage where run_id = $1',
      [runId],
    )
    expect(rows[0]?.n).toBe(0)
  })

  test('ends as failed if every item fails', async () => {
    const { runId, state } = await runWith({ size: SMALL, trouble: { '*': 'fail' } })
    expect(state).toBe('failed')
    await expectCountersTrue(db, runId)
    await expectMomentsOnce(db, runId)
  })

  test('is paused with reason and time while its last item snoozes, and then ends', async () => {
    const trouble = { 'pull-request:1:1:4': 'snooze-once' } as const
    const { runId } = await requestEverything(test_.services.database, installation)
    await work({ size: SMALL, trouble })
    const [job] = await vi.waitFor(
      async () => {
        const jobs = await readJobs(db, operatorScope(), { runId })
        expect(jobs[0]?.overall).toBe('paused')
        return jobs
      },
      { timeout: 30_000, interval: 20 },
    )
    expect(job?.pausedUntil).not.toBeNull()
    expect(await runEnded(db, runId)).toBe('finished')
    await expectCountersTrue(db, runId)
    await expectMomentsOnce(db, runId)
  })

  test('records a gap by name and finishes with gaps', async () => {
    const trouble = { [`${PULLS}/transform/pull-request:0:0:3`]: 'gap' } as const
    const { runId, state } = await runWith({ size: SMALL, trouble })
    expect(state).toBe('finished_with_gaps')
    const [job] = await readJobs(db, operatorScope(), { runId })
    expect(job?.unfinished).toEqual([
      { state: 'gap', name: 'pull-request:0:0:3', message: 'the rehearsal gave nothing' },
    ])
    await expectCountersTrue(db, runId)
  })
})

describe('error handling', () => {
  test('a poison item fails on its own after six attempts, without its batch', async () => {
    const trouble = { [`${PULLS}/transform/pull-request:1:0:2`]: 'poison' } as const
    const { runId } = await requestEverything(test_.services.database, installation)
    await work({ size: SMALL, trouble })
    await hurryRetries(runId)
    const { rows } = await db.query(
      `select key, attempts, message from work_item where run_id = $1 and state = 'failed'`,
      [runId],
    )
    expect(rows).toEqual([
      { key: 'pull-request:1:0:2', attempts: 6, message: 'this item is poison' },
    ])
    expect(await readEffects(db, runId)).toEqual({ 1: itemsOf(SMALL) - 2 })
    await expectCountersTrue(db, runId)
  })

  test('an item whose payload does not fit its place fails on its own, and no handler sees it', async () => {
    const keys = ['first', 'malformed', 'last']
    const items = keys.map((key) => newItem(`${PULLS}/transform`, key))
    Object.assign(items[1]?.payload ?? {}, { recordId: 7 })
    const { pool } = test_.services.database
    const { runId } = await requestRefresh(pool, installation, { trigger: 'cli', items: items })
    const visited: string[] = []
    await work({
      size: { repositories: 0, pages: 0, perPage: 0 },
      visited: (place, own) => void (place.endsWith('/transform') && visited.push(...own)),
    })
    expect(await runEnded(db, runId)).toBe('failed')
    const { rows } = await db.query(
      `select key, attempts, message from work_item where run_id = $1 and state = 'failed'`,
      [runId],
    )
    expect(rows).toEqual([
      {
        key: 'malformed',
        attempts: 0,
        message: expect.stringMatching(/does not fit .*transform \(recordId: .*\)/),
      },
    ])
    expect(visited).toEqual(['first', 'last'])
    await expectCountersTrue(db, runId)
  })

  test('a retry reopens failed items and gaps, and nothing else', async () => {
    const trouble: Troubles = {
      [`${PULLS}/transform/pull-request:0:1:0`]: 'fail',
      [`${PULLS}/transform/pull-request:1:1:0`]: 'gap',
    }
    const { runId, state } = await runWith({ size: SMALL, trouble })
    expect(state).toBe('failed')
    for (const item of Object.keys(trouble)) delete trouble[item]
    expect(await retryRun(test_.services.database.pool, runId)).toBe(2)
    expect(await runEnded(db, runId)).toBe('finished')
    // The handler saw these two items twice and their follow-ups once, all other items once.
    expect(await readEffects(db, runId)).toEqual({ 1: itemsOf(SMALL) - 2, 2: 2 })
    await expectCountersTrue(db, runId)
    await expect(retryRun(test_.services.database.pool, runId)).rejects.toThrow('nothing to retry')
  })

  test('a cancelled run stays cancelled when workers restart', async () => {
    const { runId } = await requestEverything(test_.services.database, installation)
    let visits = 0
    const cancelled = vi.fn(() => cancelRun(test_.services.database.pool, runId))
    await work({
      size: FULL_SIZE,
      visited: async () => {
        if (++visits === 10) await cancelled()
      },
    })
    expect(await runEnded(db, runId)).toBe('cancelled')
    const [first] = workers.splice(0)
    await first?.close()
    const effects = await readEffects(db, runId)
    await work({ size: FULL_SIZE })
    const second = await addInstallation(test_.services.database)
    const other = await requestEverything(test_.services.database, second)
    expect(await runEnded(db, other.runId)).toBe('finished')
    expect(await readEffects(db, runId)).toEqual(effects)
    const [job] = await readJobs(db, operatorScope(), { runId })
    expect(job?.overall).toBe('cancelled')
    await expectCountersTrue(db, runId)
  })
})

/** Removes the wait before retries until the run has ended; the backoff itself has a unit test. */
async function hurryRetries(runId: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await db.query(
        `update work_item set not_before = clock_timestamp()
         where run_id = $1 and state = 'pending' and reason = 'retrying'`,
        [runId],
      )
      const { rows } = await db.query<{ state: string }>('select state from run where id = $1', [
        runId,
      ])
      expect(rows[0]?.state).toBe('failed')
    },
    { timeout: 30_000, interval: 50 },
  )
}
