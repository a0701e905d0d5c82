/** Query parameters of the API. */
import { z } from 'zod'
import { idText, limitText } from './answers.ts'

export const jobsQuery = z.strictObject({
  installation: idText.optional(),
  all: z.string().optional().describe('All recorded runs, newest first.'),
  before: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(50, 200),
})

export const repositoriesQuery = z.strictObject({
  installation: idText.optional(),
  after: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(100, 500),
})

export const dryRunQuery = z.strictObject({
  dry_run: z.string().optional().describe('Says what the request would do, and changes nothing.'),
})
