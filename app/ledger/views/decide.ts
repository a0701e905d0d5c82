/** What people decide about a job, for those who may see it. */

import type { Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { cancelRun, retryRun } from '../decisions.ts'
import type { Job } from './job.ts'
import { readJobs } from './jobs.ts'

/** @throws RefusedError when there is no such job in scope. */
export async function readJob(db: Queryable, scope: Scope, id: string): Promise<Job> {
  const [job] = /^\d{1,18}$/.test(id) ? await readJobs(db, scope, { runId: id }) : []
  if (!job)
    throw new RefusedError('unknown', `There is no job ${id}`, 'GET /api/v1/jobs lists the jobs.')
  return job
}

/**
 * Ends a job now and for good.
 *
 * @throws RefusedError when there is no such job in scope.
 * @throws OperatorError when it has ended.
 */
export async function cancelJob(pool: Pool, scope: Scope, id: string): Promise<void> {
  await readJob(pool, scope, id)
  await cancelRun(pool, id)
}

/**
 * Tries again what failed in a job, and its gaps.
 *
 * @returns how many work items.
 * @throws RefusedError when there is no such job in scope.
 * @throws OperatorError when it has nothing to try again, or another is at work.
 */
export async function retryJob(pool: Pool, scope: Scope, id: string): Promise<number> {
  await readJob(pool, scope, id)
  return retryRun(pool, id)
}
