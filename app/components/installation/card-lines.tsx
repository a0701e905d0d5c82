import type { ReactNode } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import type { LastDelivery } from '#app/webhooks/log/hook-status.ts'
import { Moment } from '../elements/moment.tsx'
import { TRIGGER_WORDS } from '../elements/states.ts'
import { countText, pluralText, relativeText } from '../elements/time-text.ts'
import { arrivalText, openText } from '../jobs/arrival-text.ts'
import { CancelForm } from '../jobs/job-actions.tsx'
import { MODE_TEXTS } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'

export const LINK = 'inline-block py-1 text-accent underline underline-offset-4'

/** A line below the steps. */
export function Line({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line px-4 py-3 text-[0.9375rem] sm:px-5">
      {children}
    </div>
  )
}

export function WaitingLine({ job }: { job: Job }) {
  if (!job.mode) return null
  return (
    <Line>
      <p>
        {MODE_TEXTS[job.mode]}, job {job.id},{' '}
        <span className="text-soft">waiting for its turn</span>
      </p>
      <CancelForm job={job} />
    </Line>
  )
}

export function WebhookLine({ lastDelivery, now }: { lastDelivery: LastDelivery; now: string }) {
  const { installationId, account, isUnusual, lost } = lastDelivery
  const open = openText(lastDelivery)
  return (
    <Line>
      <p>
        Webhook:{' '}
        <span className={isUnusual ? 'text-warn' : 'text-soft'}>
          {arrivalText(lastDelivery, now)}
          {open && `; ${open}`}
        </span>
      </p>
      <a className={LINK} href={`/deliveries?installation=${installationId}`}>
        Deliveries of {account}
      </a>
      {lost && (
        <p className="basis-full text-warn">
          Deliveries from <Moment at={lost.from} now={now} /> to{' '}
          <Moment at={lost.until} now={now} /> may be lost: GitHub keeps them for three days only. A
          sync of all repositories reads what changed then; this note stays until one has ended.
        </p>
      )}
    </Line>
  )
}

export function CodeLine({ job, ingest }: { job: Job; ingest: NonNullable<Job['ingest']> }) {
  return (
    <Line>
      <p className="min-w-0 [overflow-wrap:anywhere]">
        {MODE_TEXTS.code},{' '}
        <a className={LINK} href={`/jobs/${job.id}`}>
          job {job.id}
        </a>
        , {ingest.repository} ({ingest.branch}):{' '}
        <span className="text-soft">
          {ingest.phase ? `${ingest.phase} ${job.progress} %` : 'waiting for its turn'}
        </span>
      </p>
      <StateMark state={job.phase} fraction={job.progress / 100} />
    </Line>
  )
}

export function RefreshLine({ job, now }: { job: Job; now: string }) {
  const stages = Object.values(job.steps).flatMap((step) => Object.values(step.details))
  const total = stages.reduce((sum, stage) => sum + stage.total, 0)
  const done = stages.reduce((sum, stage) => sum + stage.done + stage.failed + stage.gaps, 0)
  return (
    <Line>
      <p>
        {MODE_TEXTS.targeted}, job {job.id}, {job.trigger ? TRIGGER_WORDS[job.trigger] : ''}:{' '}
        <span className="text-soft">
          {countText(done)} of {pluralText(total, 'work item')} done
          {job.startedAt && `, started ${relativeText(job.startedAt, now)}`}
        </span>
      </p>
      <StateMark state={job.phase} fraction={total === 0 ? 0 : done / total} />
    </Line>
  )
}
