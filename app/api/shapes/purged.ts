import { z } from 'zod'

const count = z.number().int()

export const purged = z.object({
  subject: z.string().describe('`owner/name`.'),
  rows: z
    .object({
      repositories: count,
      pullRequests: count,
      reviews: count,
      reviewThreads: count,
      reviewComments: count,
      comments: count,
      commits: count,
      passages: count,
      vectors: count,
      rawRecords: count,
    })
    .describe('Deleted rows, by kind.'),
  complete: z.boolean().describe('False for a dry run, or if the workers delete the rest.'),
  message: z.string(),
})
