import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LeaseLostError } from '#app/config/errors.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { claim, handOut, recover } from '#app/ledger/batches.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { PLACES, type Place } from '#app/ledger/work.ts'
import { type ClaimedItem, type NewItem, type Outcome, settle } from '#app/ledger/work-items.ts'
import { STAGES } from '#app/queues/stages.ts'
import { openTestServices, type TestServices, testProfile } from '../../services/setup.ts'
import {
  expectCountersTrue,
  expectMomentsOnce,
  requestEverything,
  watchMoments,
} from '../../support/ledger-checks.ts'
import { addInstallation, newItem } from '../../support/rehearsal.ts'

const RUNS = testProfile() === 'external' ? 25 : 12
const WORKERS = 4

const logger = createLogger('silent')

let test_: TestServices
let pool: Pool
beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
  await watchMoments(pool)
})
afterAll(() => test_.close())

/** Returns the random decisions of a run, in the order in which the workers request them. */
function tapeOf(numbers: number[]): () => number {
  let next = 0
  return () => numbers[next++ % numbers.length] as number
}

/** Returns random follow-up items for the places that items of this place may add to. */
function followUpsOf(item: ClaimedItem, draw: () => number): NewItem[] {
  const step = PLACES.indexOf(item.place)
  const targets: Record<number, number[]> = { 0: [0, 1], 1: [2, 3], 3: [3, 4], 4: [5] }
  const depth = item.key.split('.').length
  return (targets[step] ?? []).flatMap((target) =>
    target === step && depth > 3
      ? []
      : Array.from({ length: draw() % 3 }, (_, n) =>
          newItem(PLACES[target] as Place, `${item.key}.${target}${n}`),
        ),
  )
}

function outcomeOf(item: ClaimedItem, draw: () => number): Outcome {
  const chance = draw() % 20
  if (chance === 0) return { state: 'failed', message: 'by chance' }
  if (chance === 1)
    return {
      state: 'gap',
      subject: item.key,
      message: 'by chance',
      followUps: followUpsOf(item, draw),
    }
  if (chance === 2)
    return { state: 'snooze', until: new Date(), reason: 'provider', message: 'by chance' }
  if (chance === 3) return { state: 'cancelled' }
  return { state: 'done', followUps: followUpsOf(item, draw) }
}

/** Hands out, claims, and settles or drops items until the run has ended. */
async function workUntilEnd(runId: string, draw: () => number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ finishedAt: Date | null }>(
      'select finished_at from run where id = $1',
      [runId],
    )
    if (rows[0]?.finishedAt) return
    const stage = STAGES[draw() % 3] as (typeof STAGES)[number]
    await recover(pool)
    for (const { id } of await handOut(pool, stage, { slots: 1, unclaimedMs: 300 })) {
      if (draw() % 12 === 0) continue
      const batch = await claim(pool, id, draw() % 12 === 0 ? 1 : 5_000)
      if (!batch) continue
      const outcomes = batch.items.map((item) => outcomeOf(item, draw))
      const work = { items: batch.items, outcomes, isLast: true }
      await transaction(pool, (tx) => settle(tx, batch, work)).catch((error: unknown) => {
        if (!(error instanceof LeaseLostError)) throw error
      })
    }
  }
}

test('each timestamp is set exactly once, whatever the interleaving', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 6 }),
      fc.array(fc.nat({ max: 1_000 }), { minLength: 50, maxLength: 400 }),
      async (roots, numbers) => {
        const draw = tapeOf(numbers)
        const installation = await addInstallation(test_.services.database)
        const { runId } = await requestEverything(test_.services.database, installation)
        const seed = Array.from({ length: roots }, (_, n) =>
          newItem('github_repositories/extraction', `root${n}`),
        )
        await startQueuedRuns(pool, async () => seed, logger)
        await Promise.all(Array.from({ length: WORKERS }, () => workUntilEnd(runId, draw)))
        await expectMomentsOnce(pool, runId)
        await expectCountersTrue(pool, runId)
        const { rows } = await pool.query<{ n: number }>(
          'select sum(open)::int as n from stage where run_id = $1',
          [runId],
        )
        expect(rows[0]?.n).toBe(0)
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  )
}, 300_000)

test('a place accepts no items from a place that is not upstream of it', async () => {
  const installation = await addInstallation(test_.services.database)
  await requestEverything(test_.services.database, installation)
  const last = newItem('github_prs_commits_reviews_comments/embedding', 'end')
  await startQueuedRuns(pool, async () => [last], logger)
  const [handed] = await handOut(pool, 'embedding', { slots: 1, unclaimedMs: 5_000 })
  const batch = await claim(pool, handed?.id as string, 5_000)
  if (!batch) throw new Error('the batch was not to be had')
  const followUps = [newItem('github_repositories/extraction', 'backwards')]
  const work = {
    items: batch.items,
    outcomes: [{ state: 'done' as const, followUps }],
    isLast: true,
  }
  await expect(transaction(pool, (tx) => settle(tx, batch, work))).rejects.toThrow('may not add')
})
