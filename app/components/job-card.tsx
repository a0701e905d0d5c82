import type { Job, StepView } from '../ledger/jobs.ts'
import { STEPS } from '../ledger/steps.ts'
import { STAGES } from '../queues/stages.ts'
import { Moment } from './moment.tsx'
import { StageCell } from './stage-cell.tsx'
import { StateMark } from './state-mark.tsx'
import { shownJobState } from './states.ts'
import { pluralText } from './time-text.ts'

const TRIGGERS = {
  schedule: 'by schedule',
  manual: 'by hand',
  webhook: 'by a webhook',
  cli: 'from the command line',
} as const

const MODES = {
  full: 'Full sync',
  incremental: 'Incremental sync',
  targeted: 'Targeted refresh',
} as const

/** An installation's current job: its state, its two steps in order, and what it could not do. */
export function JobCard({ job, now }: { job: Job; now: string }) {
  const title = `job-${job.installation.id}-${job.id ?? 'none'}`
  return (
    <article aria-labelledby={title} className="rounded-lg border border-line bg-surface">
      <header className="px-4 py-4 sm:px-5">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
          <h3 id={title} className="text-base font-semibold">
            {job.installation.account}
          </h3>
          <StateMark state={shownJobState(job)} fraction={job.progress / 100} />
        </div>
        <p className="mt-0.5 text-sm leading-relaxed text-soft">
          <Story job={job} now={now} />
        </p>
        {job.error && <p className="mt-2 text-[0.9375rem] text-fail">{job.error}</p>}
      </header>
      {job.id && (
        <>
          {!job.finishedAt && <Progress job={job} />}
          <ol className="divide-y divide-line border-t border-line">
            {STEPS.map((step) => (
              <Step key={step.name} step={job.steps[step.name]} now={now} />
            ))}
          </ol>
          <Unfinished job={job} />
        </>
      )}
    </article>
  )
}

function Story({ job, now }: { job: Job; now: string }) {
  if (!job.id || !job.mode || !job.trigger) return 'Never synced.'
  return (
    <>
      {MODES[job.mode]}, job {job.id}, asked for {TRIGGERS[job.trigger]}
      {job.startedAt && (
        <>
          ; started <Moment at={job.startedAt} now={now} />
        </>
      )}
      {job.finishedAt && (
        <>
          ; ended <Moment at={job.finishedAt} now={now} />
        </>
      )}
      {job.pausedUntil && (
        <>
          ; paused until <Moment at={job.pausedUntil} now={now} />
        </>
      )}
      .
    </>
  )
}

function Progress({ job }: { job: Job }) {
  return (
    <div className="flex items-center gap-3 px-4 pb-4 sm:px-5">
      <svg aria-hidden="true" className="h-1.5 flex-1 rounded-full" preserveAspectRatio="none">
        <rect width="100%" height="100%" className="fill-sunken" />
        <rect width={`${job.progress}%`} height="100%" className="fill-accent" />
      </svg>
      <span className="text-sm text-soft">{job.progress} %</span>
    </div>
  )
}

function Step({ step, now }: { step: StepView; now: string }) {
  return (
    <li className="gap-x-6 px-4 py-4 sm:grid sm:grid-cols-[1fr_3fr] sm:px-5">
      <h4 className="text-[0.9375rem] leading-snug font-medium">{step.display_name}</h4>
      <ol className="mt-3 grid gap-x-6 gap-y-3 sm:mt-0 sm:grid-cols-3">
        {STAGES.map((stage) => (
          <StageCell key={stage} name={stage} stage={step.details[stage]} now={now} />
        ))}
      </ol>
    </li>
  )
}

function Unfinished({ job }: { job: Job }) {
  if (job.unfinished.length === 0) return null
  const stages = Object.values(job.steps).flatMap((step) => Object.values(step.details))
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0)
  const gaps = stages.reduce((sum, stage) => sum + stage.gaps, 0)
  const more = failed + gaps - job.unfinished.length
  return (
    <details className="border-t border-line px-4 py-3 sm:px-5">
      <summary className="w-fit cursor-pointer text-[0.9375rem] font-medium">
        {failed} failed, {pluralText(gaps, 'gap')}: by name
      </summary>
      <ul className="mt-2 space-y-1.5 text-[0.9375rem]">
        {job.unfinished.map((item) => (
          <li key={`${item.state}/${item.name}/${item.message}`}>
            <span className={item.state === 'failed' ? 'text-fail' : 'text-warn'}>
              {item.state}
            </span>{' '}
            <code>{item.name}</code> <span className="text-soft">{item.message}</span>
          </li>
        ))}
        {more > 0 && <li className="text-soft">and {more} more</li>}
      </ul>
    </details>
  )
}
