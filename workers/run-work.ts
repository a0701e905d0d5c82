import { setTimeout as sleep } from 'node:timers/promises'
import { FatalError, LeaseLostError, RateLimitedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { databaseFailure, FAILURES, warnOf } from '#app/database/failures.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type CallTimes, noCallTimes, timeCalls } from '#app/github/call-times.ts'
import { claim } from '#app/ledger/batches.ts'
import type { Spent } from '#app/ledger/times.ts'
import type { Place } from '#app/ledger/work.ts'
import {
  type ClaimedBatch,
  type ClaimedItem,
  MAX_LOST_LEASES,
  type Outcome,
  settle,
} from '#app/ledger/work-items.ts'
import type { StageName } from '#app/queues/stages.ts'
import type { Handlers, Settlement } from './handlers.ts'
import type { Leases } from './leases.ts'

export interface Runner {
  pool: Pool
  /** Claims: a handler that waits for a lock keeps no other from being claimed, and renewed. */
  vital: Pool
  handlers: Handlers
  leases: Leases
  workerId: string
  logger: Logger
  leaseMs: number
  /** Aborted when the process is about to end. */
  stopping: AbortSignal
  /** Pushes new work to the queue at once; the relay's sweep is the safety net. */
  push: (stages: Set<StageName>) => void
  /** Called with the name of each point at which a crash would matter; crash tests exit there. */
  reached?: (point: CrashPoint) => void
}

/** Before and after each transaction, and after the enqueue. */
export const CRASH_POINTS = [
  'before claim',
  'after claim',
  'before settle',
  'after settle',
  'before hand out',
  'after hand out',
  'after enqueue',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** The first wait of an item that the database failed; each further one is twice as long. */
const DATABASE_WAIT_MS = 2_000
const PUT_BACK_TRIES = 5
const PUT_BACK_PAUSE_MS = 1_000

/** Some or all items of a batch, with the signal of their lease. */
interface RunnableWork<P extends Place = Place> {
  batch: ClaimedBatch<P>
  items: ClaimedItem<P>[]
  isLast: boolean
  signal: AbortSignal
  clock: Clock
}

/** The time of a batch that no settled item has accounted for yet. */
interface Clock {
  since: number
  calls: CallTimes
}

/** Returns the time since the last call, and starts again. */
function takeTime(clock: Clock): Spent {
  const now = performance.now()
  const passedMs = now - clock.since
  const githubMs = Math.min(passedMs, clock.calls.ms)
  clock.since = now
  clock.calls.ms = 0
  return { githubMs, workingMs: passedMs - githubMs }
}

/**
 * Runs one batch if it can still be claimed. Never rejects: items that could not be settled are handed out
 * again after the lease has expired, so the queue job always completes.
 */
export async function runWork(runner: Runner, batchId: string): Promise<void> {
  try {
    runner.reached?.('before claim')
    const batch = await claim(runner.vital, batchId, runner.leaseMs, runner.workerId)
    runner.reached?.('after claim')
    if (batch) await failMalformed(runner, batch)
    if (batch && batch.items.length > 0) await runBatch(runner, batch)
  } catch (error) {
    const logger = runner.logger.child({ batch: batchId })
    // Its lease expires, or it is handed out again.
    if (databaseFailure(error)) warnOf(logger, error, 'a batch could not be processed')
    else logger.error({ err: error }, 'a batch could not be processed')
  }
}

/** Fails the items with a malformed payload; the other items continue. */
async function failMalformed(runner: Runner, batch: ClaimedBatch): Promise<void> {
  const items = batch.malformed
  if (items.length === 0) return
  const outcomes = items.map(({ message }) => ({ state: 'failed' as const, message }))
  logOf(runner, { batch, items }).error({ outcomes }, 'payloads do not fit their place')
  const isLast = batch.items.length === 0
  await transaction(runner.pool, (tx) => settle(tx, batch, { items, outcomes, isLast }))
}

/** Runs a batch. If it throws, its items are run again one by one, so that a poison item is isolated. */
async function runBatch(runner: Runner, batch: ClaimedBatch): Promise<void> {
  const { items } = batch
  const lease = runner.leases.hold(batch)
  const clock = { since: performance.now(), calls: noCallTimes() }
  try {
    await attempt(runner, { batch, items, isLast: true, signal: lease.signal, clock })
  } catch (error) {
    if (error instanceof LeaseLostError) throw error
    // A rate limit concerns all items, and retrying each one would be exactly what the limit forbids.
    const all = { batch, items, isLast: true, signal: lease.signal, clock }
    if (items.length === 1 || concernsAll(error)) return await settleFailure(runner, all, error)
    warnOf(logOf(runner, all), error, 'a batch failed; its items run one by one')
    await runEach(runner, all)
  } finally {
    lease.release()
  }
}

/** Returns true if each item would meet the same error. What is locked may be locked by one of them. */
function concernsAll(error: unknown): boolean {
  const failure = databaseFailure(error)
  return error instanceof RateLimitedError || (failure !== null && failure !== 'locked')
}

/** Runs the items one by one. If the database fails one of them, the others after it join other batches. */
async function runEach(runner: Runner, all: RunnableWork): Promise<void> {
  for (const [index, item] of all.items.entries()) {
    const rest = all.items.slice(index + 1)
    const work = { ...all, items: [item], isLast: rest.length === 0 }
    const error = await attempt(runner, work).then(
      () => null,
      (cause: unknown) => cause,
    )
    if (error === null) continue
    await settleFailure(runner, work, error)
    if (rest.length > 0 && databaseFailure(error)) return await putBack(runner, all, rest)
  }
}

async function putBack(runner: Runner, all: RunnableWork, items: ClaimedItem[]): Promise<void> {
  const outcomes = items.map(({ weight }) => ({ state: 'again' as const, weight }))
  await whileAway(all.signal, () =>
    transaction(runner.pool, (tx) =>
      settle(tx, all.batch, { items, outcomes, isLast: true, spent: null }),
    ),
  )
}

async function attempt(runner: Runner, work: RunnableWork): Promise<void> {
  const settlement = await timeCalls(work.clock.calls, () => handle(runner, work))
  runner.reached?.('before settle')
  const stages = await transaction(runner.pool, async (tx) => {
    const outcomes = await settlement(tx)
    return settle(tx, work.batch, { ...work, outcomes, spent: takeTime(work.clock) })
  })
  runner.reached?.('after settle')
  runner.push(stages)
}

async function handle<P extends Place>(
  runner: Runner,
  { batch, items, signal }: RunnableWork<P>,
): Promise<Settlement> {
  const exhausted = items.find((item) => item.lostLeases >= MAX_LOST_LEASES)
  if (exhausted) {
    const message = `${exhausted.lostLeases} workers died while they ran this item`
    return async () => items.map(() => ({ state: 'failed', message }))
  }
  const { stopping } = runner
  const logger = logOf(runner, { batch, items })
  return runner.handlers[batch.place](items, { logger, signal, stopping })
}

async function settleFailure(runner: Runner, work: RunnableWork, error: unknown): Promise<void> {
  if (error instanceof LeaseLostError) throw error
  const keys = work.items.map((item) => item.key)
  const outcome = runner.stopping.aborted && isAbort(error) ? null : outcomeOf(error)
  warnOf(logOf(runner, work).child({ keys }), error, 'a handler threw')
  const outcomes = work.items.map(({ weight }): Outcome => outcome ?? { state: 'again', weight })
  // What is locked may be where the times are noted.
  const spent = databaseFailure(error) ? null : takeTime(work.clock)
  await whileAway(work.signal, () =>
    transaction(runner.pool, (tx) => settle(tx, work.batch, { ...work, outcomes, spent })),
  )
}

/** Tries again while the database fails: an item that cannot be put back would cost its batch the lease. */
async function whileAway(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await work())
    } catch (error) {
      if (signal.aborted || tries === PUT_BACK_TRIES || !databaseFailure(error)) throw error
      await sleep(PUT_BACK_PAUSE_MS)
    }
  }
}

/** Returns a logger that adds the run, the place and the items to every line about the work. */
function logOf(
  runner: Runner,
  { batch, items }: { batch: ClaimedBatch; items: { id: string }[] },
): Logger {
  const work = items.map((item) => item.id)
  return runner.logger.child({ run: batch.runId, place: batch.place, work })
}

/** True for work that was given up because the process is about to end. */
function isAbort(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'AbortError'
}

function outcomeOf(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error)
  const failure = databaseFailure(error)
  if (failure) {
    // At random, so that two transactions that deadlocked do not meet again.
    const delayMs = Math.round(DATABASE_WAIT_MS * (0.5 + Math.random()))
    const words = { message: FAILURES[failure].message, detail: message }
    return { state: 'snooze', until: null, delayMs, reason: 'database', ...words }
  }
  if (error instanceof RateLimitedError)
    return {
      state: 'snooze',
      until: error.until,
      reason: 'rate_limit',
      message,
      detail: error.detail,
    }
  if (error instanceof FatalError) return { state: 'failed', message }
  return { state: 'retry', message }
}
