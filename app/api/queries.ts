/** Query parameters of the API. */
import { z } from 'zod'
import { AUDIT_ACTIONS } from '#app/audit/actions.ts'
import { EVENT_LEVELS } from '#app/ledger/run-events.ts'
import { LOG_ID } from '#app/ledger/views/run-log.ts'
import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'
import { idText, limitText } from './answers.ts'

export const jobsQuery = z.strictObject({
  installation: idText.optional(),
  all: z.string().optional().describe('All recorded runs, newest first.'),
  kind: z.enum(['syncs', 'refreshes', 'code']).optional().describe('Of `all`, only these.'),
  before: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(50, 200),
})

export const logQuery = z.strictObject({
  level: z.enum(EVENT_LEVELS).optional().describe('The lowest level to return.'),
  after: z
    .string()
    .regex(LOG_ID, 'must be the `next` of a page')
    .optional()
    .describe('The `next` of the previous page, or the `id` of an entry.'),
  limit: limitText(200, 1_000),
})

export const repositoriesQuery = z.strictObject({
  installation: idText.optional(),
  after: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(100, 500),
})

export const historyQuery = z.strictObject({
  before: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(50, 200),
})

export const deletedQuery = z.strictObject({
  dataset: z.string().optional().describe('Either this, or `repo`; both also in a JSON body.'),
  repo: z.string().optional().describe('owner/name, or an address of it on GitHub.'),
})

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a time (2026-01-31T12:00:00Z), or a day of UTC',
})

export const auditFilter = z.strictObject({
  installation: idText.optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor: z.string().max(200).optional().describe('A part of the actor, in any case.'),
  from: time.optional().describe('Entries from this time on.'),
  until: time.optional().describe('Entries before this time.'),
})

export const auditQuery = auditFilter.extend({
  before: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(50, 500),
})

export const deliveriesQuery = z.strictObject({
  installation: idText.optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  event: z.string().optional().describe('Such as `issue_comment`.'),
  repository: z.string().optional().describe('owner/name'),
  before: idText.optional().describe('The `next` of the previous page.'),
  limit: limitText(50, 500),
})

export const dryRunQuery = z.strictObject({
  dry_run: z.string().optional().describe('Says what the request would do, and changes nothing.'),
})
