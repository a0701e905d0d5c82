import type pg from 'pg'
import type { Caller, GithubClient } from '#app/github/client.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'
import type { Logger } from '#app/logger.server.ts'
import type { Settlement } from '../handlers.ts'

/** All that extraction works with. */
export interface Extraction {
  pool: pg.Pool
  github: GithubClient
  /** Between a failed call and its repetition, in milliseconds. */
  pauseMs: number
}

/** One work item in hand. */
export interface Task<Payload> extends Extraction {
  item: ClaimedItem
  payload: Payload
  caller: Caller
  logger: Logger
  signal: AbortSignal
}

/** One kind of item: calls GitHub, and gives the settlement of the item. */
export type Extract<Payload> = (task: Task<Payload>) => Promise<Settlement>

/** A settlement of one item. */
export type Settle = Settlement
