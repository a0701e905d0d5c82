/** A job: what users see of a run, in `whence status`, the cards, `/events`, the API and MCP. */
import { z } from 'zod'
import { STAGES } from '#app/queues/stages.ts'
import { RUN_STATES } from '../run-states.ts'
import { STEPS } from '../steps.ts'
import { ingestView, JOB_STATUSES } from './ingest-view.ts'

const moment = z.iso.datetime()
const count = z.number().int()

const stageState = z.enum(['idle', 'running', 'paused', 'finished', 'failed', 'cancelled'])
export type StageState = z.infer<typeof stageState>

const stageName = z.enum(STAGES)
const stepName = z.enum(STEPS.map(({ name }) => name))

/** Why a stage does not go on as it should. */
const stageReason = z.object({
  kind: z.enum(['rate_limit', 'provider', 'retrying', 'database', 'stalled', 'queue']),
  until: moment.nullable(),
  message: z.string().describe('In plain words.'),
  detail: z
    .string()
    .nullable()
    .describe('What GitHub, the embedding provider or the database answered.'),
  hint: z.string().nullable(),
})
export type StageReason = z.infer<typeof stageReason>

const stageView = z.object({
  state: stageState,
  reason: stageReason.nullable(),
  total: count,
  totalKnown: z.boolean().describe('False while more items may be added to `total`.'),
  done: count,
  failed: count,
  gaps: count,
  pending: count,
  running: count,
  snoozed: count,
  firstItemAt: moment.nullable(),
  lastItemAt: moment.nullable(),
  /** Null while there is nothing to tell it from. */
  ratePerMinute: z.number().nullable().describe('Work items settled per minute since the first.'),
  /** When what is open will be settled; null while more may come, or while it stands still. */
  etaAt: moment.nullable(),
})
export type StageView = z.infer<typeof stageView>

const stepView = z.object({
  order: count,
  display_name: z.string(),
  extraction: stageState,
  transform: stageState,
  embedding: stageState,
  details: z.record(stageName, stageView),
})
export type StepView = z.infer<typeof stepView>

/** A failed item or a gap, by name. */
const unfinished = z.object({
  state: z.enum(['failed', 'gap']),
  name: z.string(),
  message: z.string(),
})
export type Unfinished = z.infer<typeof unfinished>

export const job = z.object({
  /** The run's. */
  id: z.string().nullable().describe('Null for an installation that was never synced.'),
  version: z.string().describe('Increases with every change.'),
  name: z.literal('GitHub'),
  installation: z.object({ id: z.string(), account: z.string() }),
  active: z.boolean(),
  progress: z
    .number()
    .min(0)
    .max(100)
    .describe('Never decreases while the job runs. 100 only once it has finished.'),
  totalKnown: z
    .boolean()
    .describe(
      'False while it is not known how much there is to read; `progress` waits until then.',
    ),
  lastSyncAt: moment.nullable(),
  nextRunAt: moment.nullable(),
  overall: z.enum([...RUN_STATES, 'ready']),
  mode: z.enum(['full', 'incremental', 'targeted', 'code']).nullable(),
  trigger: z.enum(['schedule', 'manual', 'webhook', 'cli']).nullable(),
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
  pausedUntil: moment.nullable(),
  error: z.string().nullable(),
  /** None where the viewer is not told names. */
  unfinished: z.array(unfinished).describe('The first 20 failed items and gaps.'),
  /** The last moment at which something of it is known to have moved. */
  lastActivityAt: moment.nullable(),
  /** `overall`, or why an open run does not move. */
  phase: z.enum([...RUN_STATES, 'ready', 'retrying', 'stalled']),
  status: z.enum([...JOB_STATUSES, 'ready']).describe('`overall`, in fewer words.'),
  /** Where the run is: at what a worker has in hand, the furthest on, or else at what is to come first. */
  step: stepName.nullable(),
  stage: stageName.nullable(),
  /** The name of what a worker has in hand there. */
  currentItem: z.string().nullable(),
  steps: z
    .record(stepName, stepView)
    .describe('Code is ingested by jobs of its own: in others, its step stays idle.'),
  ingest: ingestView.nullable().describe('What is ingested, for a job of mode `code`.'),
})
export type Job = z.infer<typeof job>
