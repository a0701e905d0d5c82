/** Decisions about a job, checked against the scope of the person who makes them. */

import type { Actor } from '#app/audit/record-entry.ts'
import type { ChangeScope, Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { cancelRun, retryRun } from '../decisions.ts'
import type { Job } from './job.ts'
import { readJobs } from './jobs.ts'
import { type LogPage, readLog } from './run-log.ts'

/** @throws RefusedError if there is no such job in scope. */
export async function readJob(db: Queryable, scope: Scope, id: string): Promise<Job> {
  const [job] = /^\d{1,18}$/.test(id) ? await readJobs(db, scope, { runId: id }) : []
  if (!job)
    throw new RefusedError('unknown', `There is no job ${id}`, 'GET /api/v1/jobs lists the jobs.')
  return job
}

/** Returns a page of the log of a job. @throws RefusedError if there is no such job in scope. */
export async function readJobLog(db: Queryable, scope: Scope, page: LogPage) {
  await readJob(db, scope, page.runId)
  return readLog(db, scope, page)
}

/**
 * Ends a job immediately and permanently.
 *
 * @throws RefusedError if there is no such job in scope.
 * @throws OperatorError if it has ended.
 */
export async function cancelJob(
  pool: Pool,
  scope: ChangeScope,
  id: string,
  actor: Actor | null = null,
): Promise<void> {
  await readJob(pool, scope, id)
  await cancelRun(pool, id, actor)
}

/**
 * Retries the failed items and gaps of a job, or what waits in one that is in progress.
 *
 * @returns the number of work items that are retried.
 * @throws RefusedError if there is no such job in scope.
 * @throws OperatorError if it has nothing to retry, or not now.
 */
export async function retryJob(
  pool: Pool,
  scope: ChangeScope,
  id: string,
  actor: Actor | null = null,
): Promise<number> {
  await readJob(pool, scope, id)
  return retryRun(pool, id, actor)
}
