import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import {
  expectCountersTrue,
  requestEverything,
  runEnded,
  startRehearsal,
} from '../../support/ledger-checks.ts'
import { addInstallation, createEffects } from '../../support/rehearsal.ts'

const SIZE = { repositories: 1, pages: 1, perPage: 5 }
const KEY = 'pull-request:0:0:1'
const TRANSFORM = 'github_prs_commits_reviews_comments/transform'

let opened: TestServices
let pool: Pool
let worker: WorkerProcess

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
  await createEffects(pool)
})
beforeEach(() => pool.query('truncate installation, work_item, batch, worker cascade'))
afterEach(() => worker.close())
afterAll(() => opened.close())

interface Waiting {
  attempts: number
  reason: string
  message: string
  detail: string
  waitMs: number
}

/** Returns the item as it waits for the database, and ends its wait without making it shorter. */
async function nextWait(): Promise<Waiting> {
  let waiting: Waiting | undefined
  await expect
    .poll(
      async () => {
        const { rows } = await pool.query<Waiting>(
          `update work_item w
           set not_before = clock_timestamp(), snoozed_at = clock_timestamp() - (w.not_before - w.snoozed_at)
           from work_item old
           where old.id = w.id and w.key = $1 and w.state = 'pending' and w.reason = 'database'
             and w.not_before > clock_timestamp()
           returning w.attempts, w.reason, w.message, w.detail,
             (extract(epoch from old.not_before - old.snoozed_at) * 1000)::float8 as wait_ms`,
          [KEY],
        )
        waiting = rows[0]
        return rows.length
      },
      { timeout: 20_000 },
    )
    .toBe(1)
  return waiting as Waiting
}

function failing(codes: string[], visits: string[][] = []) {
  return (place: string, keys: string[]) => {
    if (place !== TRANSFORM) return
    visits.push(keys)
    const code = keys.includes(KEY) ? codes.shift() : undefined
    if (code) throw Object.assign(new Error('deadlock detected'), { code })
  }
}

test('a database that fails an item nine times costs it no attempt, and each wait is longer', async () => {
  const codes = ['08006', '40P01', '40001', '53300', '53400', '55P03', '57014', '57P01', '25P03']
  const count = codes.length
  const installation = await addInstallation(opened.services.database)
  worker = await startRehearsal(opened.services, { size: SIZE, visited: failing(codes) })
  const { runId } = await requestEverything(opened.services.database, installation)
  const waits: number[] = []
  for (let times = 0; times < count; times++) {
    const { attempts, waitMs, detail } = await nextWait()
    expect([attempts, detail]).toEqual([0, 'deadlock detected'])
    waits.push(Math.round(waitMs))
  }
  expect(waits[0]).toBeGreaterThanOrEqual(1_000)
  expect(waits[0]).toBeLessThan(3_100)
  for (const [index, wait] of waits.slice(1).entries())
    expect(wait).toBeGreaterThanOrEqual(Math.min(300_000, 2 * (waits[index] as number) - 100))
  expect(waits.at(-1)).toBeLessThanOrEqual(300_001)
  expect(await runEnded(pool, runId)).toBe('finished')
  await expectCountersTrue(pool, runId)
})

test('the card says what is waited for', async () => {
  const installation = await addInstallation(opened.services.database)
  const only = { ...SIZE, perPage: 2 }
  const codes = Array.from({ length: 50 }, () => '55P03')
  worker = await startRehearsal(opened.services, { size: only, visited: failing(codes) })
  const { runId } = await requestEverything(opened.services.database, installation)
  const reasonNow = async () => {
    const [job] = await readJobs(pool, operatorScope(), { runId })
    return job?.steps.github_prs_commits_reviews_comments.details.transform.reason
  }
  await expect.poll(reasonNow, { timeout: 20_000 }).toMatchObject({
    kind: 'database',
    message: 'Another task locks what this needs in the database',
    detail: 'deadlock detected',
  })
})

test('an item that the database always fails does not hold up its neighbours', async () => {
  const installation = await addInstallation(opened.services.database)
  const codes = Array.from({ length: 1_000 }, () => '40P01')
  const visits: string[][] = []
  worker = await startRehearsal(opened.services, { size: SIZE, visited: failing(codes, visits) })
  const { runId } = await requestEverything(opened.services.database, installation)
  const done = async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from work_item where run_id = $1 and state = 'done'
         and key like 'pull-request:%' and position = 5`,
      [runId],
    )
    return rows[0]?.n
  }
  await expect.poll(done, { timeout: 20_000 }).toBe(SIZE.perPage - 1)
  expect(visits.length).toBeLessThan(20)
})
