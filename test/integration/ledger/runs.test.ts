import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { heartbeat } from '#app/ledger/active-workers.ts'
import { handOut } from '#app/ledger/batches.ts'
import { type InitialItems, requestRefresh, requestRun, startQueuedRuns } from '#app/ledger/runs.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { ClaimedBatch } from '#app/ledger/work-items.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import {
  EVERYTHING,
  expectCountersTrue,
  requestEverything,
  startRehearsal,
} from '../../support/ledger-checks.ts'
import { addInstallation, createEffects, newItem } from '../../support/rehearsal.ts'

const logger = createLogger('silent')
const DATE = '2026-01-01T00:00:00Z'
const ONE_ITEM: InitialItems = async () => [newItem('github_repositories/extraction', 'page:1')]
const PULL = newItem('github_prs_commits_reviews_comments/extraction', 'pull-request:PR_1')

let test_: TestServices
let pool: Pool
let installation: string
let hand: ReturnType<typeof workByHand>

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
  await createEffects(pool)
  hand = workByHand(pool)
})
afterAll(() => test_.close())
beforeEach(async () => {
  await pool.query('delete from installation')
  await pool.query('delete from work_item')
  await pool.query('delete from worker')
  installation = await addInstallation(test_.services.database)
})

async function itemsByInstallation(): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; items: number }>(
    `select r.installation_id as id, sum(cardinality(b.items))::int as items from batch b
       join run r on r.id = b.run_id group by 1`,
  )
  return new Map(rows.map((row) => [row.id, row.items]))
}

describe('a request for a sync', () => {
  test('joins a run in progress that covers it', async () => {
    const first = await requestEverything(test_.services.database, installation)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    const narrower = { ...EVERYTHING, mode: 'incremental', since: DATE } as const
    const second = await requestRun(pool, installation, 'manual', narrower)
    expect(second).toMatchObject({ runId: first.runId, joined: true })
  })

  test('that is broader waits as the only queued run, which further requests widen', async () => {
    const narrow = { ...EVERYTHING, repositories: ['o/a'], maxPrs: 5 }
    const first = await requestRun(pool, installation, 'cli', narrow)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    const b = await requestRun(pool, installation, 'cli', { ...narrow, repositories: ['o/b'] })
    const c = await requestRun(pool, installation, 'cli', { ...narrow, repositories: ['o/c'] })
    expect(b).toMatchObject({ joined: false })
    expect(c).toMatchObject({ runId: b.runId, joined: true })
    const { rows } = await pool.query<{ request: object }>(
      'select request from run where id = $1',
      [b.runId],
    )
    expect(rows[0]?.request).toMatchObject({ repositories: ['o/b', 'o/c'], maxPrs: 5 })
    expect(await startQueuedRuns(pool, ONE_ITEM, logger)).toEqual([])
    await hand.workOff('extraction')
    expect(await hand.stateOf(first.runId)).toBe('finished')
    expect(await startQueuedRuns(pool, ONE_ITEM, logger)).toEqual([b.runId])
  })

  test('made concurrently by many callers gives one run', async () => {
    const asked = await Promise.all(
      Array.from({ length: 12 }, () => requestEverything(test_.services.database, installation)),
    )
    expect(new Set(asked.map((run) => run.runId)).size).toBe(1)
    expect(asked.filter((run) => !run.joined)).toHaveLength(1)
    const started = await Promise.all(
      Array.from({ length: 4 }, () => startQueuedRuns(pool, ONE_ITEM, logger)),
    )
    expect(started.flat()).toEqual([asked[0]?.runId])
  })

  test('for an inactive installation is refused with the reason', async () => {
    await pool.query(
      `update installation set active = false, inactive_reason = 'suspended by its owner'`,
    )
    await expect(requestEverything(test_.services.database, installation)).rejects.toThrow(
      'suspended by its owner',
    )
  })
})

describe('a refresh', () => {
  test('runs beside a sync and drops items that are already pending', async () => {
    const sync = await requestEverything(test_.services.database, installation)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    const first = await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    const second = await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    expect(second.runId).toBe(first.runId)
    expect(first.runId).not.toBe(sync.runId)
    expect(await hand.workOff('extraction')).toEqual(expect.arrayContaining([PULL.key, 'page:1']))
    expect(await hand.stateOf(first.runId)).toBe('finished')
    await expectCountersTrue(pool, first.runId)
  })

  test('marks an item that is being read as dirty, and it is read once more', async () => {
    const { runId } = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [PULL],
    })
    const [batch] = await hand.take('extraction')
    await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    await hand.settleAll(batch as ClaimedBatch)
    await expectCountersTrue(pool, runId)
    expect(await hand.stateOf(runId)).toBe('running')
    expect(await hand.workOff('extraction')).toEqual([PULL.key])
    expect(await hand.stateOf(runId)).toBe('finished')
    expect(await hand.workOff('extraction')).toEqual([])
  })

  test('reopens an item that was read in a run that still accepts items', async () => {
    const other = { ...PULL, key: 'pull-request:PR_2' }
    const { runId } = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [PULL, other],
    })
    const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
    await hand.settleAll(batch)
    const again = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [{ ...PULL, key: batch.items[0]?.key as string }],
    })
    expect(again.runId).toBe(runId)
    await expectCountersTrue(pool, runId)
  })

  test('that arrives after the run has ended opens a new one', async () => {
    const first = await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    await hand.workOff('extraction')
    const second = await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    expect(second.runId).not.toBe(first.runId)
  })
})

describe('the hand-out', () => {
  test('starts a webhook refresh before 1,000 pending items of a schedule', async () => {
    const many: InitialItems = async () =>
      Array.from({ length: 1_000 }, (_, n) =>
        newItem('github_repositories/extraction', `page:${n}`),
      )
    await requestRun(pool, installation, 'schedule', EVERYTHING)
    await startQueuedRuns(pool, many, logger)
    await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    const handed = await handOut(pool, 'extraction', { slots: 1, unclaimedMs: 5_000 })
    expect(handed[0]?.priority).toBe(PRIORITY.webhook)
    expect(handed.slice(1).every(({ priority }) => priority === PRIORITY.schedule)).toBe(true)
  })

  test('does not let the backlog of one installation starve another', async () => {
    const other = await addInstallation(test_.services.database)
    const initialItems: InitialItems = async (_tx, run) =>
      Array.from({ length: run.installationId === installation ? 900 : 3 }, (_, n) =>
        newItem('github_repositories/extraction', `page:${n}`),
      )
    await requestEverything(test_.services.database, installation)
    await startQueuedRuns(pool, initialItems, logger)
    await requestEverything(test_.services.database, other)
    await startQueuedRuns(pool, initialItems, logger)
    await handOut(pool, 'extraction', { slots: 2, unclaimedMs: 5_000 })
    const items = await itemsByInstallation()
    expect(items.get(other)).toBe(3)
    expect(items.get(installation)).toBe(4)
  })

  test('gives an installation no more extraction items than it has slots', async () => {
    const narrow = await addInstallation(test_.services.database, {})
    const initialItems: InitialItems = async () =>
      Array.from({ length: 9 }, (_, n) => newItem('github_repositories/extraction', `page:${n}`))
    await requestEverything(test_.services.database, narrow)
    await startQueuedRuns(pool, initialItems, logger)
    expect(await handOut(pool, 'extraction', { slots: 9, unclaimedMs: 5_000 })).toHaveLength(1)
    expect(await handOut(pool, 'extraction', { slots: 9, unclaimedMs: 5_000 })).toHaveLength(0)
  })

  test('keeps no more than four times the slots in the queue', async () => {
    const initialItems: InitialItems = async () =>
      Array.from({ length: 100 }, (_, n) => newItem('github_repositories/extraction', `page:${n}`))
    const wide = await addInstallation(test_.services.database, { extraction_slots: 100 })
    await requestEverything(test_.services.database, wide)
    await startQueuedRuns(pool, initialItems, logger)
    const first = await handOut(pool, 'extraction', { slots: 3, unclaimedMs: 5_000 })
    const second = await handOut(pool, 'extraction', { slots: 3, unclaimedMs: 5_000 })
    expect([first.length, second.length]).toEqual([12, 0])
  })
})

describe('workers', () => {
  test('are reported as missing, with a hint, if none is alive while work is pending', async () => {
    await requestEverything(test_.services.database, installation)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    const [job] = await readJobs(pool, operatorScope())
    const { extraction } = job?.steps.github_repositories.details ?? {}
    expect(extraction?.reason).toMatchObject({ kind: 'stalled', message: 'no worker is running' })
    expect(extraction?.reason?.hint).toContain('whence work')
    const slots = { extraction: 1, transform: 1, embedding: 1 }
    await heartbeat(pool, { id: 'w', host: 'h', pid: 1, slots })
    const [later] = await readJobs(pool, operatorScope())
    expect(later?.steps.github_repositories.details.extraction.reason).toBeNull()
    await pool.query(`update worker set heartbeat_at = now() - interval '1 minute'`)
    const [dead] = await readJobs(pool, operatorScope())
    expect(dead?.steps.github_repositories.details.extraction.reason?.kind).toBe('stalled')
  })

  test('share the work', async () => {
    const size = { repositories: 4, pages: 4, perPage: 10 }
    const shares = [0, 0]
    const workers = await Promise.all(
      shares.map((_, index) =>
        startRehearsal(test_.services, {
          size,
          slots: 2,
          visited: async () => {
            shares[index] = (shares[index] ?? 0) + 1
          },
        }),
      ),
    )
    const { runId } = await requestEverything(test_.services.database, installation)
    await expect.poll(() => hand.stateOf(runId), { timeout: 50_000 }).toBe('finished')
    await Promise.all(workers.map((worker) => worker.close()))
    expect(Math.min(...shares)).toBeGreaterThan(0)
  })

  test('are removed from the list after a graceful shutdown', async () => {
    const size = { repositories: 0, pages: 0, perPage: 0 }
    const worker = await startRehearsal(test_.services, { size })
    await worker.close()
    expect((await pool.query('select from worker')).rowCount).toBe(0)
  })
})

describe('an installation', () => {
  test('that never ran is ready', async () => {
    const [job] = await readJobs(pool, operatorScope())
    expect(job).toMatchObject({ id: null, overall: 'ready', progress: 0, totalKnown: false })
    expect(job?.steps.github_repositories.extraction).toBe('idle')
  })
})
