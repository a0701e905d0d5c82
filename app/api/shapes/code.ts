/** Responses of the API about code. */
import { z } from 'zod'
import { DATASET_SCOPES } from '#app/code/ingest/requested-ingest.ts'
import { historyEntry } from '#app/code/views/history.ts'

export const ingestJob = z.object({
  jobId: z.string(),
  status: z.enum(['queued', 'joined']),
  message: z.string(),
  project: z.string(),
  dataset: z.string(),
  repository: z.string().describe('owner/name'),
  branch: z.string(),
  sha: z
    .string()
    .describe('The commit that will be ingested, unless a newer one is pushed before.'),
  scope: z.enum(DATASET_SCOPES),
})

export const ingestHistory = z.object({
  jobs: z.array(historyEntry),
  next: z.string().nullable().describe('`before` of the next page.'),
})

export const deletion = z.object({
  project: z.string(),
  dataset: z.string().nullable().describe('Null if several were concerned.'),
  repository: z.string().nullable(),
  chunks: z.number().int().describe('Removed chunks.'),
  complete: z.boolean().describe('False if the workers delete the rest.'),
})

export const codeQuery = z.strictObject({
  query: z.string().min(1).max(10_000),
  k: z.number().int().min(1).max(50).default(10).describe('Hits at the most.'),
  dataset: z.string().optional(),
  path: z.string().max(1_000).optional().describe('A part of a path, or a glob.'),
  lang: z.string().max(100).optional().describe('A language, such as C or TypeScript.'),
})

export const codeAnswer = z.object({
  query: z.string(),
  hits: z.array(
    z.object({
      repository: z.string().describe('owner/name'),
      path: z.string(),
      startLine: z.number().int(),
      endLine: z.number().int(),
      symbol: z.string().nullable(),
      language: z.string().nullable(),
      text: z.string(),
      score: z.number(),
      url: z.string().describe('On GitHub, at the commit that was ingested.'),
    }),
  ),
})
