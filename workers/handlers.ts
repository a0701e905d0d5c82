import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Place } from '#app/ledger/work.ts'
import type { ClaimedItem, Outcome } from '#app/ledger/work-items.ts'

interface HandlerContext {
  logger: Logger
  /** Aborted when an item of the batch was lost: what is under way need not be finished. */
  signal: AbortSignal
}

/** Writes a handler's results and gives one outcome per item; runs in the transaction that settles. */
export type Settlement = (tx: Queryable) => Promise<Outcome[]>

/**
 * The work of one stage: calls to the outside first, then a settlement. A throw from either means that
 * nothing was written; a batch is then run again item by item, and the item that throws alone is
 * retried, or waits (RateLimitedError), or fails (FatalError).
 */
export type Handler<P extends Place = Place> = (
  items: ClaimedItem<P>[],
  context: HandlerContext,
) => Promise<Settlement>

export type Handlers = { [P in Place]: Handler<P> }
