import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { Caller, GithubClient } from '#app/github/client.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'

/** All that extraction works with. */
export interface Extraction {
  pool: Pool
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

/** Before a call is repeated. */
export async function pause({ pauseMs, signal }: Pick<Task<unknown>, 'pauseMs' | 'signal'>) {
  await sleep(pauseMs, undefined, { signal })
}
