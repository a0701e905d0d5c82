import type { ReactNode } from 'react'
import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { ActionForm } from '../elements/action-form.tsx'
import { retryText } from './job-words.ts'

const BUTTON =
  'min-h-9 cursor-pointer rounded-md border px-3 py-1.5 text-[0.9375rem] font-medium hover:bg-sunken'
const SMALL =
  'min-h-9 cursor-pointer text-sm text-accent underline underline-offset-4 hover:no-underline'
const PLAIN = `${BUTTON} border-line text-ink`
const MAIN = `${BUTTON} border-accent text-accent`
const GRAVE = `${BUTTON} border-line text-fail`

interface Actions {
  installationId: string
  account: string
  /** The sync that the card shows. */
  job: Job | undefined
}

/**
 * The available actions, as forms that work without scripts. Each label names its account for screen readers.
 */
export function JobActions({ installationId, account, job }: Actions) {
  if (job && !job.active) return null
  const sync = { intent: 'sync', installation: installationId }
  return (
    <div className="mt-3 flex flex-wrap items-start gap-2">
      <Act fields={{ ...sync, mode: 'incremental' }} look={MAIN}>
        Sync now<Of>{account}</Of>
      </Act>
      {job && <RetryForm job={job} />}
      {job && isOpen(job.overall) && <CancelForm job={job} />}
      <details className="group">
        <summary className={`${PLAIN} w-fit list-none [&::-webkit-details-marker]:hidden`}>
          More<Of>{account}</Of>
          <span aria-hidden="true" className="ml-1.5 inline-block group-open:rotate-180">
            ▾
          </span>
        </summary>
        <div className="mt-2 max-w-sm space-y-2 text-sm text-soft">
          <Act fields={{ ...sync, mode: 'full' }} look={PLAIN}>
            Full sync<Of>{account}</Of>
          </Act>
          <p>
            Reads everything again, even if it has not changed. This uses more of the rate limit.
          </p>
        </div>
      </details>
    </div>
  )
}

/** Approves an installation of a foreign account, or switches one on that was switched off. */
export function SwitchOnForm({
  installationId,
  account,
  children,
}: Pick<Actions, 'installationId' | 'account'> & { children: ReactNode }) {
  return (
    <div className="mt-3">
      <Act fields={{ intent: 'switch', active: 'true', installation: installationId }} look={MAIN}>
        {children}
        <Of>{account}</Of>
      </Act>
    </div>
  )
}

/** Pauses both schedules of an installation, or ends their pause. */
export function ScheduleForm({
  installationId,
  account,
  isPaused,
}: Pick<Actions, 'installationId' | 'account'> & { isPaused: boolean }) {
  return (
    <div className="mt-1.5">
      <Act
        fields={{ intent: 'schedules', paused: String(!isPaused), installation: installationId }}
        look={SMALL}
      >
        {isPaused ? 'Resume schedules' : 'Pause schedules'}
        <Of>{account}</Of>
      </Act>
    </div>
  )
}

interface JobForm {
  job: Job
  /** The address of the action; the home page's by default. */
  to?: string
}

/** Offers to retry what failed, or what waits; nothing if there is nothing to retry. */
export function RetryForm({ job, to }: JobForm) {
  const words = retryText(job)
  if (!words) return null
  return (
    <Act fields={{ intent: 'retry', job: job.id ?? '' }} to={to} look={PLAIN}>
      {words}
      <Of>job {job.id}</Of>
    </Act>
  )
}

export function CancelForm({ job, to }: JobForm) {
  return (
    <Act fields={{ intent: 'cancel', job: job.id ?? '' }} to={to} look={GRAVE}>
      Cancel<Of>job {job.id}</Of>
    </Act>
  )
}

interface ActProps {
  fields: Record<string, string>
  to?: string | undefined
  look: string
  children: ReactNode
}

function Act({ fields, to, look, children }: ActProps) {
  return (
    <ActionForm fields={fields} {...(to !== undefined && { to })}>
      <button type="submit" className={look}>
        {children}
      </button>
    </ActionForm>
  )
}

function Of({ children }: { children: ReactNode }) {
  return <span className="sr-only"> ({children})</span>
}
