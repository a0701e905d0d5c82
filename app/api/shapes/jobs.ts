/** Jobs as the API gives them; what they mean is told in app/ledger/views/jobs.ts and docs/api.md. */
import { z } from 'zod'

const moment = z.iso.datetime()
const count = z.number().int()

const stageState = z.enum(['idle', 'running', 'paused', 'finished', 'failed', 'cancelled'])
const runStates = [
  'queued',
  'running',
  'paused',
  'finished',
  'finished_with_gaps',
  'failed',
  'cancelled',
  'ready',
] as const
const stageName = z.enum(['extraction', 'transform', 'embedding'])
const stepName = z.enum(['github_repositories', 'github_prs_commits_reviews_comments'])

const stageView = z.object({
  state: stageState,
  reason: z
    .object({
      kind: z.enum(['rate_limit', 'provider', 'retrying', 'stalled', 'queue']),
      until: moment.nullable(),
      message: z.string(),
      mend: z.string().nullable(),
    })
    .nullable(),
  total: count,
  done: count,
  failed: count,
  gaps: count,
  pending: count,
  running: count,
  snoozed: count,
  firstItemAt: moment.nullable(),
  lastItemAt: moment.nullable(),
  ratePerMinute: z.number().nullable().describe('Work items settled per minute since the first.'),
  etaAt: moment.nullable(),
})

const stepView = z.object({
  order: count,
  display_name: z.string(),
  extraction: stageState,
  transform: stageState,
  embedding: stageState,
  details: z.record(stageName, stageView),
})

export const job = z.object({
  id: z.string().nullable().describe('Null for an installation that was never synced.'),
  version: z.string().describe('Increases with every change.'),
  name: z.literal('GitHub'),
  installation: z.object({ id: z.string(), account: z.string() }),
  active: z.boolean(),
  progress: z.number().min(0).max(100),
  lastSyncAt: moment.nullable(),
  nextRunAt: moment.nullable(),
  overall: z.enum(runStates),
  mode: z.enum(['full', 'incremental', 'targeted']).nullable(),
  trigger: z.enum(['schedule', 'manual', 'webhook', 'cli']).nullable(),
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
  pausedUntil: moment.nullable(),
  error: z.string().nullable(),
  unfinished: z
    .array(z.object({ state: z.enum(['failed', 'gap']), name: z.string(), message: z.string() }))
    .describe('The first 20 failed items and gaps.'),
  lastActivityAt: moment.nullable(),
  phase: z.enum([...runStates, 'retrying', 'stalled']),
  step: stepName.nullable(),
  stage: stageName.nullable(),
  currentItem: z.string().nullable(),
  steps: z.record(stepName, stepView),
})

export const jobList = z.object({
  jobs: z.array(job),
  next: z
    .string()
    .nullable()
    .optional()
    .describe('With `all`: send it as `before` to get the next page.'),
})

export const askedJob = z.object({
  jobId: z.string(),
  status: z.enum(['queued', 'joined']),
  message: z.string(),
})
