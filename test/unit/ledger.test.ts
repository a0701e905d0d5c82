import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packBatches, withoutUnfilled } from '#app/ledger/batches.ts'
import { covers, type RunRequest, widen } from '#app/ledger/requests.ts'
import { describeStage, describeWaiting, type StageRow } from '#app/ledger/views/stage-view.ts'
import { checkFollowUp, PLACES, placeAt, upstreamOf, WORK } from '#app/ledger/work.ts'
import { backoffMs } from '#app/ledger/work-items.ts'

const dates = ['2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z']
const anyRequest: fc.Arbitrary<RunRequest> = fc.record({
  mode: fc.constantFrom('full', 'incremental'),
  repositories: fc.option(fc.uniqueArray(fc.constantFrom('o/a', 'o/b', 'o/c'), { minLength: 1 })),
  since: fc.constantFrom('all', ...dates),
  maxPrs: fc.option(fc.integer({ min: 1, max: 5 })),
})

describe('requests', () => {
  test('cover themselves, and covering is transitive', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, anyRequest, (a, b, c) => {
        expect(covers(a, a)).toBe(true)
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true)
      }),
    )
  })

  test('are widened to one that covers both, and no further than needed', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, (a, b) => {
        const wide = widen(a, b)
        expect(covers(wide, a) && covers(wide, b)).toBe(true)
        if (covers(a, b)) expect(covers(a, wide)).toBe(true)
      }),
    )
  })
})

describe('batches', () => {
  const anyItem = fc.record({
    id: fc.bigInt({ min: 1n, max: 10_000n }).map(String),
    runId: fc.constantFrom('1', '2'),
    position: fc.constantFrom(2, 5),
    priority: fc.constantFrom(1 as const, 3 as const),
    weight: fc.integer({ min: 1, max: 80 }),
    lostLeases: fc.constantFrom(0, 0, 1, 2),
  })

  const uniqueItems = fc.uniqueArray(anyItem, { selector: ({ id }) => id, maxLength: 120 })

  test('contain one run, place and priority, within the weight limit, in order', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 120 }), (items) => {
        const numbers = packBatches(items, 50)
        for (const number of new Set(numbers)) {
          const batch = items.filter((_, index) => numbers[index] === number)
          const kinds = batch.map((item) => `${item.runId}/${item.position}/${item.priority}`)
          expect(new Set(kinds).size).toBe(1)
          const weight = batch.reduce((sum, item) => sum + item.weight, 0)
          expect(batch.length === 1 || weight <= 50).toBe(true)
          expect(batch.length === 1 || batch.every((item) => item.lostLeases < 2)).toBe(true)
        }
      }),
    )
  })

  test('of equal items are full, and an item whose worker died twice is alone in its batch', () => {
    const item = {
      id: '1',
      runId: '1',
      position: 2,
      priority: 3 as const,
      weight: 1,
      lostLeases: 0,
    }
    const items = Array.from({ length: 101 }, () => item)
    expect(Math.max(...packBatches(items, 50)) + 1).toBe(3)
    const weigh = (...weights: number[]) => weights.map((weight) => ({ ...item, weight }))
    expect(packBatches(weigh(30, 40, 20, 10), 50)).toEqual([0, 1, 0, 1])
    const lost = { ...item, lostLeases: 2 }
    expect(packBatches([item, lost, item, lost], 50)).toEqual([0, 1, 0, 2])
  })

  test('that are not full wait behind another of their kind, and nothing else does', () => {
    fc.assert(
      fc.property(uniqueItems, fc.boolean(), (items, isQueued) => {
        const numbers = packBatches(items, 50)
        const kind = '1/2/3'
        const sent = withoutUnfilled(items, numbers, 50, new Set(isQueued ? [kind] : []))
        const isOfKind = (item: { runId: string; position: number; priority: number }) =>
          `${item.runId}/${item.position}/${item.priority}` === kind
        const mine = items.filter(isOfKind)
        // A run never stalls: either some of its work is in flight, or all of it is sent except for a
        // remainder.
        if (mine.length > 0 && !isQueued) expect(sent.some(isOfKind)).toBe(true)
        const left = items.filter((item) => !sent.some(({ id }) => id === item.id))
        expect(left.every((item) => item.lostLeases < 2)).toBe(true)
        const rest = left.filter(isOfKind).reduce((sum, item) => sum + item.weight, 0)
        expect(rest).toBeLessThan(48.5)
      }),
    )
  })
})

describe('retries', () => {
  test('wait 2 s × 2ⁿ, plus or minus half, and at most 5 minutes', () => {
    expect(backoffMs(1, 0.5)).toBe(2_000)
    expect(backoffMs(3, 0.5)).toBe(8_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, chance) => {
          const wait = backoffMs(n, chance)
          expect(wait).toBeLessThanOrEqual(300_000)
          expect(wait).toBeGreaterThanOrEqual(Math.min(300_000, 1_000 * 2 ** (n - 1)))
        },
      ),
    )
  })
})

describe('places', () => {
  test('are numbered in the order of the run', () => {
    expect(PLACES.map((place) => WORK[place].position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const place of PLACES) expect(placeAt(WORK[place].position)).toBe(place)
  })

  test('are named after their step and stage', () => {
    for (const place of PLACES) expect(`${WORK[place].step}/${WORK[place].stage}`).toBe(place)
  })

  test('are upstream of everything that their items can lead to', () => {
    expect(PLACES.map(upstreamOf)).toEqual([
      [],
      [1],
      [1, 2],
      [1, 2],
      [1, 2, 4],
      [1, 2, 4, 5],
      [],
      [7],
      [7, 8],
    ])
  })

  test('reject follow-ups that go backwards', () => {
    expect(() =>
      checkFollowUp('github_repositories/embedding', 'github_repositories/extraction'),
    ).toThrow('may not add')
  })
})

describe('a stage', () => {
  const row: StageRow = {
    runId: '1',
    position: 1,
    stage: 'extraction',
    total: 10,
    done: 4,
    failed: 0,
    gaps: 0,
    cancelled: 0,
    open: 6,
    firstItemAt: new Date(),
    lastItemAt: null,
    running: 2,
    elapsedMs: 60_000,
    grows: false,
    upstreamFailed: false,
    upstreamCancelled: false,
    dueMs: null,
    snoozed: 0,
    until: null,
    reason: null,
    message: null,
    detail: null,
  }
  const waiting = { ...row, running: 0, snoozed: 6, until: new Date(), message: 'later' }

  const ended = { ...row, open: 0, running: 0, lastItemAt: new Date() }

  test.each<{ name: string; stage: StageRow; slots?: number; state: string; reason?: string }>([
    {
      name: 'idle before its first item',
      stage: { ...row, firstItemAt: null, total: 0, open: 0, running: 0 },
      state: 'idle',
    },
    { name: 'running while items are at work', stage: row, state: 'running' },
    {
      name: 'paused while all wait for a limit',
      stage: { ...waiting, reason: 'rate_limit' },
      state: 'paused',
      reason: 'rate_limit',
    },
    {
      name: 'paused while all wait for a provider',
      stage: { ...waiting, reason: 'provider' },
      state: 'paused',
      reason: 'provider',
    },
    {
      name: 'running, retrying, between attempts',
      stage: { ...waiting, reason: 'retrying' },
      state: 'running',
      reason: 'retrying',
    },
    {
      name: 'running, stalled, without workers',
      stage: row,
      slots: 0,
      state: 'running',
      reason: 'stalled',
    },
    {
      name: 'running, for the queue, when what is due reaches nobody',
      stage: { ...row, running: 0, dueMs: 120_000 },
      state: 'running',
      reason: 'queue',
    },
    { name: 'finished after its last item', stage: { ...ended, done: 10 }, state: 'finished' },
    {
      name: 'not started if it got nothing because a stage before it failed',
      stage: { ...ended, total: 0, done: 0, upstreamFailed: true },
      state: 'idle',
    },
    {
      name: 'finished with nothing to do if the stages before it were complete',
      stage: { ...ended, total: 0, done: 0 },
      state: 'finished',
    },
    { name: 'failed if items failed', stage: { ...ended, done: 9, failed: 1 }, state: 'failed' },
  ])('is $name', ({ stage, slots = 4, state, reason }) => {
    const view = describeStage(stage, 'running', { slots, moves: false })
    expect([view.state, view.reason?.kind]).toEqual([state, reason])
    expect(view.pending + view.running + view.snoozed).toBe(stage.open)
  })

  test('of a run without workers is stalled', () => {
    const view = describeWaiting({ slots: 0, moves: false })
    expect([view.state, view.reason?.kind]).toEqual(['idle', 'stalled'])
  })

  test('with work that has been due for long is not stalled while any of that stage moves', () => {
    const due = { ...row, running: 0, dueMs: 120_000 }
    expect(describeStage(due, 'running', { slots: 4, moves: true }).reason).toBeNull()
  })

  test('shows its rate, and its estimated end unless it may grow or is paused', () => {
    const workerSlots = { slots: 4, moves: true }
    const view = describeStage(row, 'running', workerSlots)
    expect(view.ratePerMinute).toBe(4)
    const minutes = (Date.parse(view.etaAt as string) - Date.now()) / 60_000
    expect(minutes).toBeCloseTo(1.5, 1)
    expect(describeStage({ ...row, grows: true }, 'running', workerSlots).etaAt).toBeNull()
    expect(
      describeStage({ ...waiting, reason: 'rate_limit' }, 'paused', workerSlots).etaAt,
    ).toBeNull()
    expect(describeStage({ ...row, done: 0 }, 'running', workerSlots).ratePerMinute).toBeNull()
  })

  test('with items left open by a cancelled run is cancelled', () => {
    const left = { ...row, open: 0, cancelled: 6, lastItemAt: new Date() }
    expect(describeStage(left, 'cancelled', { slots: 4, moves: false }).state).toBe('cancelled')
  })

  test('that did all it got of a cancelled run is cancelled, and not started if it got nothing', () => {
    const left = { ...row, open: 0, upstreamCancelled: true, lastItemAt: new Date() }
    const states = [left, { ...left, total: 0, done: 0 }].map(
      (stage) => describeStage(stage, 'cancelled', { slots: 4, moves: false }).state,
    )
    expect(states).toEqual(['cancelled', 'idle'])
  })

  test('knows its total when nothing can add to it', () => {
    const workerSlots = { slots: 4, moves: true }
    expect(describeStage(row, 'running', workerSlots).totalKnown).toBe(true)
    expect(describeStage({ ...row, grows: true }, 'running', workerSlots).totalKnown).toBe(false)
  })
})
