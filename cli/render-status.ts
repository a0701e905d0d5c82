import {
  progressText,
  readText,
  STATE_WORDS,
  TRIGGER_WORDS,
} from '#app/components/elements/states.ts'
import { relativeText } from '#app/components/elements/time-text.ts'
import type { Profile } from '#app/config/env.server.ts'
import type { Budget } from '#app/github/budgets.ts'
import type { ActiveWorker } from '#app/ledger/active-workers.ts'
import type { Job, StageView, StepView } from '#app/ledger/views/job.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import type { SyncStatus } from '#app/sync/status/sync-status.ts'
import { type JobWithNewest, renderNewest } from './add-newest.ts'
import { workCommand } from './missing-workers.ts'
import { pointsLeft } from './points-left.ts'

export interface Status {
  /** State of each service in one line. */
  database: string
  queue: string
  workers: ActiveWorker[]
  jobs: JobWithNewest[]
  forecasts: Forecast[]
  budgets: Budget[]
  syncStatuses: Pick<SyncStatus, 'installationId' | 'withheldFrom'>[]
  now: Date
}

/** Renders the status for a terminal. */
export function renderStatus(status: Status, profile: Profile): string {
  const { workers: active } = status
  const lines = [
    `Database  ${status.database}`,
    `Queue     ${status.queue}`,
    `Workers   ${active.length === 0 ? 'none' : active.map(renderWorker).join('\n          ')}`,
  ]
  if (active.length === 0 && status.jobs.some(isPending))
    lines.push('', `No worker is running. Start one with \`${workCommand(profile)}\`.`)
  if (status.jobs.length === 0)
    lines.push('', 'There is no installation yet, so there are no jobs.')
  return [...lines, ...status.jobs.flatMap((job) => ['', ...renderJob(job, status)])].join('\n')
}

function isPending({ overall }: Job): boolean {
  return overall === 'queued' || overall === 'running' || overall === 'paused'
}

function renderWorker({ host, pid, slots }: ActiveWorker): string {
  const places = STAGES.map((stage) => `${stage} ${slots[stage]}`).join(', ')
  return `${host}, pid ${pid}: ${places}`
}

function renderJob(job: JobWithNewest, status: Status): string[] {
  const name = job.id ? `Job ${job.id}` : 'No job yet'
  const head = [
    name,
    job.installation.account,
    job.mode,
    job.trigger && `started ${TRIGGER_WORDS[job.trigger]}`,
  ]
  const times = [
    job.startedAt && `started ${renderTime(job.startedAt)}`,
    job.finishedAt && `ended ${renderTime(job.finishedAt)}`,
    job.pausedUntil && `paused until ${renderTime(job.pausedUntil)}`,
    job.lastSyncAt && `last sync ${renderTime(job.lastSyncAt)}`,
  ].filter((time) => !!time)
  const state = job.overall.replaceAll('_', ' ')
  const withheldFrom = withheldFromOf(job, status)
  const isCode = job.mode === 'code'
  const own = Object.entries(job.steps).filter(([name]) => (name === 'github_code') === isCode)
  const steps = job.id ? own.map(([, step]) => step) : []
  return [
    `${head.filter((word) => !!word).join(', ')}: ${state}${job.id ? `, ${progressText(job)}` : ''}`,
    ...(times.length > 0 ? [`  ${times.join(', ')}`] : []),
    ...renderOutlook(job, status),
    ...(job.error ? [`  ${job.error}`] : []),
    ...(withheldFrom
      ? [`  Texts may not be sent to ${withheldFrom}: new ones are found by words only`]
      : []),
    ...steps.flatMap((step) => renderStep(step, withheldFrom !== null)),
    ...renderNewest(job),
    ...job.unfinished.map(({ state, name, message }) => `  ${state}: ${name}: ${message}`),
  ]
}

/** Returns one line: how much is read, when it will be done, and what may still be asked of GitHub. */
function renderOutlook(job: Job, { forecasts, budgets, now }: Status): string[] {
  const forecast = forecasts.find(({ jobId }) => jobId === job.id)
  const eta = forecast?.etaAt && relativeText(forecast.etaAt, now.toISOString())
  const points = pointsLeft(job, budgets)
  const parts = [
    forecast && readText(forecast),
    eta && `done ${eta}`,
    points && `GitHub: ${points}`,
  ]
  const shown = parts.filter((part) => !!part)
  return shown.length > 0 ? [`  ${shown.join(', ')}`] : []
}

/** Returns the host of the embedding provider, if the installation's texts may not be sent there. */
function withheldFromOf({ installation }: Job, { syncStatuses }: Status): string | null {
  const own = syncStatuses.find(({ installationId }) => installationId === installation.id)
  return own?.withheldFrom ?? null
}

function renderStep(step: StepView, isLeftOut: boolean): string[] {
  const stages = STAGES.flatMap((stage) =>
    isLeftOut && stage === 'embedding'
      ? [`    ${stage.padEnd(11)} left out`]
      : renderStage(stage, step.details[stage]),
  )
  return [`  ${step.display_name}`, ...stages]
}

function renderStage(name: StageName, view: StageView): string[] {
  const counts = [
    `${view.done}/${view.total}${view.totalKnown ? '' : ' so far'}`,
    view.running > 0 && `${view.running} running`,
    view.snoozed > 0 && `${view.snoozed} waiting`,
    view.failed > 0 && `${view.failed} failed`,
    view.gaps > 0 && `${view.gaps} ${view.gaps === 1 ? 'gap' : 'gaps'}`,
  ].filter((count) => !!count)
  const line = `    ${name.padEnd(11)} ${STATE_WORDS[view.state].padEnd(11)} ${view.total > 0 ? counts.join(', ') : ''}`
  return view.reason ? [line.trimEnd(), `      ${renderReason(view.reason)}`] : [line.trimEnd()]
}

function renderReason({
  kind,
  until,
  message,
  detail,
  hint,
}: NonNullable<StageView['reason']>): string {
  const time = until ? ` until ${renderTime(until)}` : ''
  // The hint about missing workers is printed once, above all jobs, and depends on the profile.
  const help = hint && kind !== 'stalled' ? `. ${hint}` : ''
  const answer = detail ? ` (the answer was: ${detail})` : ''
  return `${kind.replaceAll('_', ' ')}${time}${message ? `: ${message}` : ''}${answer}${help}`
}

/** Formats a time in the local time zone, to the minute. */
function renderTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE').slice(0, 16)
}
