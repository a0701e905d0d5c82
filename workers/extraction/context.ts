import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { Caller, GithubClient } from '#app/github/client.ts'
import type { Payload } from '#app/ledger/work.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'

/** The dependencies of extraction. */
export interface Extraction {
  pool: Pool
  github: GithubClient
  /** Pause between a failed call and its retry, in milliseconds. */
  pauseMs: number
}

export type Extracting =
  | 'github_repositories/extraction'
  | 'github_prs_commits_reviews_comments/extraction'
export type PayloadKind = Payload<Extracting>['kind']
type Payloads = { [K in PayloadKind]: Extract<Payload<Extracting>, { kind: K }> }

/** A claimed work item of one kind, with the context to process it. */
export interface Task<K extends PayloadKind = PayloadKind> extends Extraction {
  item: ClaimedItem
  payload: Payloads[K]
  caller: Caller
  logger: Logger
  signal: AbortSignal
}

/** Waits before a call is retried. */
export async function pause({ pauseMs, signal }: Pick<Task, 'pauseMs' | 'signal'>) {
  await sleep(pauseMs, undefined, { signal })
}
