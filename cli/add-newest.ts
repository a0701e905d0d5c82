import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readProgress } from '#app/sync/status/progress.ts'

/** A job with the repositories whose older pull requests it left out. */
export interface JobWithNewest extends Job {
  newest: { repository: string; stored: number; of: number }[]
}

export async function addNewest(db: Queryable, jobs: Job[]): Promise<JobWithNewest[]> {
  const withNewest: JobWithNewest[] = []
  for (const job of jobs) {
    const { limited } = job.id ? await readProgress(db, operatorScope(), job.id) : { limited: [] }
    const newest = limited.map(({ github: of, ...one }) => ({ ...one, of }))
    withNewest.push({ ...job, newest })
  }
  return withNewest
}

/** Returns one line per such repository. */
export function renderNewest({ newest }: JobWithNewest): string[] {
  return newest.map(
    ({ repository, stored, of }) =>
      `  ${repository}: the newest ${countNewest(stored)} of ${countNewest(of)}`,
  )
}

function countNewest(number: number): string {
  return number.toLocaleString('en-US')
}
