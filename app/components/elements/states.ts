import type { Job, StageState, StageView } from '#app/ledger/views/job.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import { countText, pluralText } from './time-text.ts'

/** States that a viewer must be able to distinguish: of runs and stages, and why a stage is idle. */
export type ShownState = Job['phase'] | StageState | 'ok' | 'down' | 'none'

export type Tone = 'plain' | 'active' | 'good' | 'warning' | 'bad'

export const STATE_WORDS: Record<ShownState, string> = {
  ready: 'ready',
  queued: 'queued',
  idle: 'not started',
  running: 'running',
  paused: 'paused',
  retrying: 'retrying',
  stalled: 'stalled',
  finished: 'finished',
  finished_with_gaps: 'finished with gaps',
  failed: 'failed',
  cancelled: 'cancelled',
  ok: 'ok',
  down: 'down',
  none: 'none',
}

export const TRIGGER_WORDS: Record<NonNullable<Job['trigger']>, string> = {
  schedule: 'by schedule',
  manual: 'by hand',
  webhook: 'by a webhook',
  cli: 'from the command line',
}

export const STATE_TONES: Record<ShownState, Tone> = {
  ready: 'plain',
  queued: 'plain',
  idle: 'plain',
  cancelled: 'plain',
  running: 'active',
  finished: 'good',
  ok: 'good',
  paused: 'warning',
  retrying: 'warning',
  stalled: 'warning',
  none: 'warning',
  finished_with_gaps: 'warning',
  failed: 'bad',
  down: 'bad',
}

export const TONE_CLASSES: Record<Tone, string> = {
  plain: 'text-soft',
  active: 'text-accent',
  good: 'text-ok',
  warning: 'text-warn',
  bad: 'text-fail',
}

export function shownState(stage: StageView): ShownState {
  const kind = stage.reason?.kind
  if (kind === 'database') return 'retrying'
  return kind === 'stalled' || kind === 'retrying' ? kind : stage.state
}

/** Returns the progress of a job, or that there is nothing to measure it by. */
export function progressText({
  progress,
  totalKnown,
}: Pick<Job, 'progress' | 'totalKnown'>): string {
  return totalKnown ? `${progress} %` : 'total not known yet'
}

export function readText({
  read,
  expected,
  atMost,
  isListed,
}: Pick<Forecast, 'read' | 'expected' | 'atMost' | 'isListed'>): string {
  if (!isListed) return `${pluralText(read, 'pull request')} read, more repositories to come`
  return `${countText(read)} of ${atMost ? 'at most ' : ''}${pluralText(expected, 'pull request')} read`
}

export interface StageTotals {
  total: number
  done: number
  running: number
  waiting: number
  failed: number
  gaps: number
}

/** Counts the work items of all jobs shown, by outcome. */
export function stageTotals(jobs: Job[]): StageTotals {
  const sum: StageTotals = { total: 0, done: 0, running: 0, waiting: 0, failed: 0, gaps: 0 }
  for (const job of jobs)
    for (const step of Object.values(job.steps))
      for (const stage of Object.values(step.details)) {
        sum.total += stage.total
        sum.done += stage.done
        sum.running += stage.running
        sum.waiting += stage.pending + stage.snoozed
        sum.failed += stage.failed
        sum.gaps += stage.gaps
      }
  return sum
}
