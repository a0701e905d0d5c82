import { z } from 'zod'

const moment = z.iso.datetime()
const count = z.number().int()

const gap = z.object({
  kind: z.enum(['repository', 'pull_request']),
  name: z.string(),
  reason: z.string(),
  attempts: count,
  nextTryAt: moment,
})

/** What is read of a repository, and how far: app/archive/repositories.ts. */
export const repository = z.object({
  id: z.string(),
  installation: z.string(),
  fullName: z.string(),
  description: z.string().nullable(),
  url: z.string(),
  visibility: z.enum(['PUBLIC', 'PRIVATE', 'INTERNAL']),
  archived: z.boolean(),
  fork: z.boolean(),
  defaultBranch: z.string().nullable(),
  language: z.string().nullable(),
  topics: z.array(z.string()),
  pullRequests: z.object({ stored: count, github: count }),
  syncedFrom: moment.nullable().describe('1970 stands for the beginning.'),
  syncedUntil: moment.nullable(),
  newest: z.object({ stored: count, of: count }).nullable(),
  lastSyncedAt: moment.nullable(),
  gaps: z.array(gap),
})

export const repositoryList = z.object({
  repositories: z.array(repository),
  next: z.string().nullable().describe('Send it as `after` to get the next page.'),
})
