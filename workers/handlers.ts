import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Place } from '#app/ledger/work.ts'
import type { ClaimedItem, Outcome } from '#app/ledger/work-items.ts'

interface HandlerContext {
  logger: Logger
  /** Aborted when the batch was lost; work in progress need not be finished. */
  signal: AbortSignal
  /** Aborted when the process is about to end: work that takes minutes puts its items back. */
  stopping: AbortSignal
}

/** Writes a handler's results and returns one outcome per item; runs in the transaction that settles. */
export type Settlement = (tx: Queryable) => Promise<Outcome[]>

/**
 * Processes a batch of one stage: external calls first, then a settlement. If either throws, nothing was
 * written. The batch is then run again item by item, and an item that throws on its own is retried, or waits
 * (RateLimitedError), or fails (FatalError).
 */
export type Handler<P extends Place = Place> = (
  items: ClaimedItem<P>[],
  context: HandlerContext,
) => Promise<Settlement>

export type Handlers = { [P in Place]: Handler<P> }
