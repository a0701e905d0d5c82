import {
  progressText,
  readText,
  STATE_WORDS,
  TRIGGER_WORDS,
} from '#app/components/elements/states.ts'
import { relativeText } from '#app/components/elements/time-text.ts'
import type { StageView, StepView } from '#app/ledger/views/job.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import { isForecast } from '#app/sync/status/forecast.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
import type { Status } from '#app/sync/status/status.ts'
import { describeMissingWorkers } from './missing-workers.ts'
import { pointsLeft } from './points-left.ts'

type Services = NonNullable<Status['services']>

/** Renders the status for a terminal. */
export function renderStatus(status: Status, now: Date): string {
  const { services, jobs } = status
  const none = services
    ? 'There is no installation yet, so there are no jobs.'
    : 'There are no jobs that you may see.'
  return [
    ...(services ? renderServices(services, jobs) : []),
    ...(jobs.length === 0 ? ['', none] : []),
    ...jobs.flatMap((job) => ['', ...renderJob(job, status, now)]),
  ]
    .join('\n')
    .replace(/^\n/, '')
}

function renderServices(
  { profile, database, queue, workers }: Services,
  jobs: JobStatus[],
): string[] {
  const lines = [
    `Database  ${database}`,
    `Queue     ${queue}`,
    `Workers   ${workers.length === 0 ? 'none' : workers.map(renderWorker).join('\n          ')}`,
  ]
  const isStuck = workers.length === 0 && jobs.some(isPending)
  return isStuck ? [...lines, '', describeMissingWorkers(profile)] : lines
}

function isPending({ overall }: JobStatus): boolean {
  return overall === 'queued' || overall === 'running' || overall === 'paused'
}

function renderWorker({ host, pid, slots }: Services['workers'][number]): string {
  const places = STAGES.map((stage) => `${stage} ${slots[stage]}`).join(', ')
  return `${host}, pid ${pid}: ${places}`
}

function renderJob(job: JobStatus, { withheld }: Status, now: Date): string[] {
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
  const withheldFrom = withheld.find(
    ({ installation }) => installation === job.installation.id,
  )?.from
  const isCode = job.mode === 'code'
  const own = Object.entries(job.steps).filter(([name]) => (name === 'github_code') === isCode)
  const steps = job.id ? own.map(([, step]) => step) : []
  return [
    `${head.filter((word) => !!word).join(', ')}: ${state}${job.id ? `, ${progressText(job)}` : ''}`,
    ...(times.length > 0 ? [`  ${times.join(', ')}`] : []),
    ...renderOutlook(job, now),
    ...(job.error ? [`  ${job.error}`] : []),
    ...(withheldFrom
      ? [`  Texts may not be sent to ${withheldFrom}: new ones are found by words only`]
      : []),
    ...steps.flatMap((step) => renderStep(step, withheldFrom !== undefined)),
    ...renderNewest(job),
    ...job.unfinished.map(({ state, name, message }) => `  ${state}: ${name}: ${message}`),
  ]
}

/** Returns one line: how much is read, when it will be done, and what may still be asked of GitHub. */
function renderOutlook(job: JobStatus, now: Date): string[] {
  const counts = isForecast(job) && job.pullRequests?.expected ? job.pullRequests : null
  const end = counts?.endsAt && relativeText(counts.endsAt, now.toISOString())
  const points = pointsLeft(job)
  const parts = [counts && readText(counts), end && `done ${end}`, points && `GitHub: ${points}`]
  const shown = parts.filter((part) => !!part)
  return shown.length > 0 ? [`  ${shown.join(', ')}`] : []
}

/** Returns one line for each repository whose older pull requests were left out. */
export function renderNewest({ newest }: JobStatus): string[] {
  return newest.map(
    ({ repository, stored, of }) =>
      `  ${repository}: the newest ${countNewest(stored)} of ${countNewest(of)}`,
  )
}

function countNewest(number: number): string {
  return number.toLocaleString('en-US')
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
