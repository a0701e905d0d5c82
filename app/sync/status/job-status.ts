import { z } from 'zod'
import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { readBudgets } from '#app/github/budgets.ts'
import { readJob } from '#app/ledger/views/decide.ts'
import { type Job, job } from '#app/ledger/views/job.ts'
import { forecastEnd } from './forecast.ts'
import { readProgress } from './progress.ts'

const count = z.number().int()

/** A job with what it has read, in pull requests, and what its installation may still ask of GitHub. */
export const jobStatus = job.extend({
  pullRequests: z
    .object({
      read: count,
      expected: count,
      atMost: z.boolean().describe('True if `expected` is an upper bound.'),
      isListed: z
        .boolean()
        .describe('False while repositories are still being listed, and `expected` grows.'),
      endsAt: z.iso.datetime().nullable().describe('An estimate; null without a basis for one.'),
    })
    .nullable()
    .describe('Null for an installation that was never synced.'),
  newest: z
    .array(z.object({ repository: z.string(), stored: count, of: count }))
    .describe('The repositories whose older pull requests it left out.'),
  points: z
    .object({ remaining: count, limit: count.nullable() })
    .nullable()
    .describe(
      "What is left of the installation's budget for GitHub's GraphQL API; null if unknown.",
    ),
})
export type JobStatus = z.infer<typeof jobStatus>

/** Adds to jobs in scope what the viewer is shown beside them. */
export async function addProgress(db: Queryable, scope: Scope, jobs: Job[]): Promise<JobStatus[]> {
  const now = new Date()
  const points = await readPoints(db, scope)
  const statuses: JobStatus[] = []
  for (const job of jobs) {
    const own = { points: points.get(job.installation.id) ?? null }
    if (job.id === null) {
      statuses.push({ ...job, ...own, pullRequests: null, newest: [] })
      continue
    }
    const { limited, ...counts } = await readProgress(db, scope, job.id)
    statuses.push({
      ...{ ...job, ...own },
      pullRequests: { ...counts, endsAt: forecastEnd(job, counts, now) },
      newest: limited.map(({ github: of, ...one }) => ({ ...one, of })),
    })
  }
  return statuses
}

/** @throws RefusedError if there is no such job in scope. */
export async function readJobStatus(db: Queryable, scope: Scope, id: string): Promise<JobStatus> {
  const job = await readJob(db, scope, id)
  const [status] = await addProgress(db, scope, [job])
  return status as JobStatus
}

/** Returns the points of each installation, by its id. */
async function readPoints(
  db: Queryable,
  scope: Scope,
): Promise<Map<string, NonNullable<JobStatus['points']>>> {
  const budgets = await readBudgets(db, scope)
  return new Map(
    budgets.flatMap(({ installationId, resource, remaining, limit }) =>
      resource === 'graphql' && remaining !== null ? [[installationId, { remaining, limit }]] : [],
    ),
  )
}
