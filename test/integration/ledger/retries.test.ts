import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { retryRun } from '#app/ledger/decisions.ts'
import { markPauses } from '#app/ledger/pauses.ts'
import { queueCode, startQueuedRuns } from '#app/ledger/runs.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { layCode } from '../../support/code/lay-code.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation, newItem } from '../../support/rehearsal.ts'

const logger = createLogger('silent')
let services: TestServices
let pool: Pool
let installation: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
})
afterAll(() => services.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from work_item')
  installation = await addInstallation(services.services.database)
})

/** Starts a run with one item for each reason, which waits for an hour. */
async function waiting(...reasons: string[]): Promise<string> {
  const { runId } = await requestEverything(services.services.database, installation)
  const items = reasons.map((reason) => newItem('github_repositories/extraction', reason))
  await startQueuedRuns(pool, async () => items, logger)
  await pool.query(
    `update work_item set reason = key, message = 'no', attempts = 3,
       not_before = clock_timestamp() + interval '1 hour' where run_id = $1`,
    [runId],
  )
  await markPauses(pool)
  return runId
}

async function jobOf(runId: string) {
  const [job] = await readJobs(pool, operatorScope(), { runId })
  return job
}

async function due(runId: string): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select key from work_item where run_id = $1 and not_before <= clock_timestamp() and attempts = 0
     order by key`,
    [runId],
  )
  return rows.map(({ key }) => key)
}

test('a retry ends the waits of a paused job, and its pause', async () => {
  const runId = await waiting('provider')
  expect(await jobOf(runId)).toMatchObject({ overall: 'paused', status: 'pending' })
  expect(await retryRun(pool, runId)).toBe(1)
  expect(await jobOf(runId)).toMatchObject({ overall: 'running', pausedUntil: null })
  expect(await due(runId)).toEqual(['provider'])
  const { rows } = await pool.query<{ kind: string }>(
    `select kind from run_event where run_id = $1 and (kind <> 'paused' or ended_at is not null)
     order by id`,
    [runId],
  )
  expect(rows.map(({ kind }) => kind)).toEqual(['requested', 'started', 'paused', 'reopened'])
  await expect(retryRun(pool, runId)).rejects.toThrow('is running: it has nothing to retry')
})

test('a retry leaves what waits for a rate limit of GitHub', async () => {
  const runId = await waiting('rate_limit', 'database', 'retrying')
  expect(await retryRun(pool, runId)).toBe(2)
  expect(await due(runId)).toEqual(['database', 'retrying'])
})

test('a retry says until when a rate limit of GitHub is in force, and changes nothing', async () => {
  const runId = await waiting('rate_limit')
  const until = (await jobOf(runId))?.pausedUntil
  await expect(retryRun(pool, runId)).rejects.toMatchObject({
    name: 'OperatorError',
    message: `Job ${runId} waits for the rate limit of GitHub, which is in force until ${until}`,
  })
  expect(await jobOf(runId)).toMatchObject({ overall: 'paused', pausedUntil: until })
})

test('a job that has not started has nothing to retry', async () => {
  const { runId } = await requestEverything(services.services.database, installation)
  await expect(retryRun(pool, runId)).rejects.toThrow('is queued: it has nothing to retry')
})

/** Queues a job that ingests the ref. */
async function queueIngest(ref: string, generation: number | null): Promise<string> {
  return transaction(pool, async (tx) => {
    const id = await queueCode(tx, installation, { trigger: 'manual', actor: 'operator' })
    await tx.query(
      `insert into ingest (run_id, ref_id, project, dataset, full_name, branch, scope, generation)
       values ($1, $2, 'core', 'engine', 'acme/engine', 'main', 'project', $3)`,
      [id, ref, generation],
    )
    return id
  })
}

test('an ingest is not retried beside another one of its branch, or after that has replaced it', async () => {
  const ref = await layCode(pool, { installation, files: {} })
  const first = await queueIngest(ref, 2)
  await startQueuedRuns(pool, async () => [], logger)
  await pool.query(`update run set state = 'failed', finished_at = now() where id = $1`, [first])
  const second = await queueIngest(ref, null)
  await startQueuedRuns(pool, async () => [], logger)
  await expect(retryRun(pool, first)).rejects.toThrow(`Job ${second} is running for the same`)
  await pool.query(`update run set state = 'cancelled', finished_at = now() where id = $1`, [
    second,
  ])
  await expect(retryRun(pool, first)).rejects.toThrow(
    `Job ${second} has replaced what job ${first} had written`,
  )
  await pool.query('update ingest set generation = null where run_id = $1', [first])
  await pool.query(`update work_item set state = 'failed' where run_id = $1`, [first])
  expect(await retryRun(pool, first)).toBe(1)
})
