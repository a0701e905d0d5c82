import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { renew } from '#app/ledger/batches.ts'
import type { ClaimedBatch } from '#app/ledger/work-items.ts'

interface HeldLease {
  /** Aborted when the batch was lost. */
  signal: AbortSignal
  release(): void
}

export interface Leases {
  hold(batch: ClaimedBatch): HeldLease
  /** Renews all held leases with one statement. */
  renewAll(): Promise<void>
}

/** Tracks the batches that this process has claimed. */
export function openLeases(pool: Pool, leaseMs: number, logger: Logger): Leases {
  const held = new Map<ClaimedBatch, AbortController>()

  async function renewAll(): Promise<void> {
    if (held.size === 0) return
    const lost = await renew(pool, [...held.keys()], leaseMs)
    for (const [batch, controller] of held) {
      if (!lost.has(batch.id) || controller.signal.aborted) continue
      const work = batch.items.map((item) => item.id)
      logger.warn({ run: batch.runId, place: batch.place, work }, 'a lease was lost')
      controller.abort()
    }
  }

  return {
    hold(batch) {
      const controller = new AbortController()
      held.set(batch, controller)
      return { signal: controller.signal, release: () => void held.delete(batch) }
    },
    renewAll,
  }
}
