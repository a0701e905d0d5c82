import type { Logger } from '#app/config/logger.server.ts'
import { warnOf } from '#app/database/failures.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { activeSlots } from '#app/ledger/active-workers.ts'
import { handOut, recover } from '#app/ledger/batches.ts'
import { markPauses } from '#app/ledger/pauses.ts'
import { noteProgress } from '#app/ledger/progress.ts'
import { tellTime } from '#app/ledger/run-clock.ts'
import { type InitialItems, startQueuedRuns } from '#app/ledger/runs.ts'
import type { Queues } from '#app/queues/queues.server.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import type { CrashPoint } from './run-work.ts'

export interface Relay {
  /** Hands out due work of these stages; calls made while one is in progress are merged into one more. */
  push(stages: Iterable<StageName>): void
  /**
   * Starts queued runs, recovers batches that were not claimed or lost their lease, notes pauses and progress,
   * and hands out.
   */
  sweep(): Promise<void>
  /** Waits for hand-outs in progress. */
  drain(): Promise<void>
}

interface RelayOptions {
  pool: Pool
  queues: Queues
  initialItems: InitialItems
  logger: Logger
  unclaimedMs: number
  leaseMs: number
  reached?: ((point: CrashPoint) => void) | undefined
}

/** Moves due work items from PostgreSQL to the queue, one bounded window at a time. */
export function openRelay(options: RelayOptions): Relay {
  const { pool, queues, logger } = options
  const underWay = new Map<StageName, Promise<void>>()
  const again = new Set<StageName>()

  async function handOutStage(stage: StageName): Promise<void> {
    options.reached?.('before hand out')
    const slots = (await activeSlots(pool))[stage]
    const batches = await handOut(pool, stage, { slots, unclaimedMs: options.unclaimedMs })
    options.reached?.('after hand out')
    if (batches.length === 0) return
    await queues.add(stage, batches)
    options.reached?.('after enqueue')
  }

  function pushStage(stage: StageName): Promise<void> {
    const running = underWay.get(stage)
    if (running) {
      again.add(stage)
      return running
    }
    const pushing = handOutStage(stage)
      .catch((error: unknown) =>
        warnOf(logger.child({ stage }), error, 'work could not be handed out'),
      )
      .then(() => {
        underWay.delete(stage)
        return again.delete(stage) ? pushStage(stage) : undefined
      })
    underWay.set(stage, pushing)
    return pushing
  }

  async function attempt(task: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => warnOf(logger, error, `${task} failed`))
  }

  return {
    push(stages) {
      for (const stage of stages) void pushStage(stage)
    },
    async sweep() {
      // A failed task must not prevent the others or the hand-outs.
      await attempt('starting runs', () => startQueuedRuns(pool, options.initialItems, logger))
      await attempt('recovering batches', () => recover(pool, options.leaseMs))
      await attempt('noting pauses', () => markPauses(pool))
      await attempt('telling the time', () => tellTime(pool))
      await Promise.all(STAGES.map(pushStage))
      // Last, because it reads tables that others may have locked.
      await attempt('noting progress', () => noteProgress(pool))
    },
    async drain() {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }
}
