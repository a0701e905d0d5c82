import { z } from 'zod'
import { job } from '#app/ledger/views/job.ts'
import { runTimes } from '#app/ledger/views/run-times.ts'
import { jobStatus } from '#app/sync/status/job-status.ts'

export const jobList = z.object({
  jobs: z.array(job),
  next: z
    .string()
    .nullable()
    .optional()
    .describe('With `all`: send it as `before` to get the next page.'),
})

export const oneJob = jobStatus.extend({
  times: runTimes.describe(
    'Where the time went, in milliseconds: by the wall clock, and summed over batches by stage and repository.',
  ),
})

export const jobRequest = z.object({
  jobId: z.string(),
  status: z.enum(['queued', 'joined']),
  message: z.string(),
})
