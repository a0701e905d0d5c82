import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { cancelRun, retryRun } from '#app/ledger/decisions.ts'
import { type InitialItems, requestRefresh, startQueuedRuns } from '#app/ledger/runs.ts'
import type { ClaimedBatch, Outcome } from '#app/ledger/work-items.ts'
import type { StageName } from '#app/queues/stages.ts'
import { cleanUp } from '#app/sync/records/cleanup.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { workByHand } from '../../support/by-hand.ts'
import { expectCountersTrue, requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation, createEffects, newItem } from '../../support/rehearsal.ts'

const logger = createLogger('silent')
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

describe('cleanup', () => {
  const day = 24 * 3_600_000

  async function runThatEnds(outcome: Outcome): Promise<string> {
    const other = await addInstallation(test_.services.database)
    const { runId } = await requestEverything(test_.services.database, other)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    for (const batch of await hand.take('extraction')) await hand.settleAll(batch, () => outcome)
    return runId
  }

  async function makeOlder(runId: string, days: number): Promise<void> {
    await pool.query(`update run set finished_at = now() - $2 * interval '1 day' where id = $1`, [
      runId,
      days,
    ])
  }

  test('deletes settled items of old runs, and none of recent runs', async () => {
    const runId = await runThatEnds({ state: 'done' })
    const retention = { items: day, runs: 90 * day, audit: day }
    expect(await cleanUp(pool, retention)).toMatchObject({ items: 0, runs: 0 })
    await makeOlder(runId, 2)
    expect(await cleanUp(pool, retention, { dryRun: true })).toMatchObject({ items: 1, runs: 0 })
    expect(await cleanUp(pool, retention)).toMatchObject({ items: 1, runs: 0 })
  })

  test('keeps items that can be retried as long as their run, and then deletes both', async () => {
    const runId = await runThatEnds({ state: 'failed', message: 'no' })
    await makeOlder(runId, 2)
    expect(await cleanUp(pool, { items: day, runs: 90 * day, audit: day })).toMatchObject({
      items: 0,
      runs: 0,
    })
    expect(await cleanUp(pool, { items: day, runs: day, audit: day })).toMatchObject({
      items: 1,
      runs: 1,
    })
    expect((await pool.query('select from work_item')).rowCount).toBe(0)
  })

  test('leaves no run that a retry would keep open forever', async () => {
    const runId = await runThatEnds({ state: 'failed', message: 'no' })
    await pool.query('delete from work_item where run_id = $1', [runId])
    await expect(retryRun(pool, runId)).rejects.toThrow('deleted by cleanup')
    expect(await hand.stateOf(runId)).toBe('failed')
  })
})

describe('a second reading', () => {
  const NEXT = newItem('github_prs_commits_reviews_comments/transform', 'pull-request:PR_1')
  const other = { ...PULL, key: 'pull-request:PR_2' }

  async function payloads(stage: StageName): Promise<unknown[]> {
    const batches = await hand.take(stage)
    for (const batch of batches) await hand.settleAll(batch)
    return batches.flatMap((batch) => batch.items.map((item) => item.payload))
  }

  test('continues through the following stages', async () => {
    const { runId } = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [PULL, other],
    })
    const read = async (recordId: string) => {
      for (const batch of await hand.take('extraction'))
        await hand.settleAll(batch, (index) =>
          batch.items[index]?.key === PULL.key
            ? { state: 'done', followUps: [{ ...NEXT, payload: { recordId } }] }
            : { state: 'snooze', until: new Date(), reason: 'provider', message: 'later' },
        )
    }
    await read('1')
    expect(await payloads('transform')).toEqual([{ recordId: '1' }])
    await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    await read('2')
    expect(await payloads('transform')).toEqual([{ recordId: '2' }])
    await expectCountersTrue(pool, runId)
  })

  test('happens even if the reading in progress ended as a gap', async () => {
    const { runId } = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [PULL],
    })
    const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
    await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    await hand.settleAll(batch, () => ({ state: 'gap', subject: 'PR_1', message: 'not now' }))
    expect(await hand.workOff('extraction')).toEqual([PULL.key])
    expect(await hand.stateOf(runId)).toBe('finished')
  })

  test('is not lost when the targeted run is cancelled meanwhile', async () => {
    const first = await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
    const [second] = await Promise.all([
      requestRefresh(pool, installation, { trigger: 'webhook', items: [other] }),
      cancelRun(pool, first.runId),
    ])
    const { rows } = await pool.query(
      `select r.state from work_item w join run r on r.id = w.run_id where r.id = $1 and w.key = $2`,
      [second.runId, other.key],
    )
    expect(rows).toHaveLength(1)
  })

  test('ends together with its run, in any order of events', async () => {
    for (let round = 0; round < 10; round++) {
      await requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] })
      const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
      await Promise.all([
        hand.settleAll(batch),
        requestRefresh(pool, installation, { trigger: 'webhook', items: [PULL] }),
      ])
      expect(await hand.workOff('extraction')).toEqual([PULL.key])
    }
  })
})

describe('isolation of errors', () => {
  test('a run that cannot be started does not keep others from starting', async () => {
    const good = await addInstallation(test_.services.database)
    await requestEverything(test_.services.database, installation)
    const { runId } = await requestEverything(test_.services.database, good)
    const initialItems: InitialItems = async (tx, run) => {
      if (run.installationId === installation) await tx.query('select broken')
      return ONE_ITEM(tx, run)
    }
    expect(await startQueuedRuns(pool, initialItems, logger)).toEqual([runId])
  })

  test('an invalid setting does not keep an installation from being read', async () => {
    await addInstallation(test_.services.database, { extraction_slots: 'two' })
    await pool.query(`update installation set settings = '{"extraction_slots": "two"}'`)
    await requestEverything(test_.services.database, installation)
    await startQueuedRuns(pool, ONE_ITEM, logger)
    expect(await hand.take('extraction')).toHaveLength(1)
  })

  test('a message with a NUL and a token is stored without them', async () => {
    const { runId } = await requestRefresh(pool, installation, {
      trigger: 'webhook',
      items: [PULL],
    })
    const [batch] = (await hand.take('extraction')) as [ClaimedBatch]
    const message = 'no \0 such token ghp_0123456789abcdef0123'
    await hand.settleAll(batch, () => ({ state: 'failed', message }))
    const { rows } = await pool.query('select message from work_item where run_id = $1', [runId])
    expect(rows).toEqual([{ message: 'no  such token [secret]' }])
  })
})
