import type { ReactNode } from 'react'
import { isOpen, isSyncMode } from '#app/ledger/run-states.ts'
import { STEPS } from '#app/ledger/steps.ts'
import type { Job, StepView } from '#app/ledger/views/job.ts'
import { STAGES } from '#app/queues/stages.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import type { SyncStatus } from '#app/sync/status/sync-status.ts'
import type { LastDelivery } from '#app/webhooks/log/hook-status.ts'
import { Moment } from '../elements/moment.tsx'
import { progressText, readText, TRIGGER_WORDS } from '../elements/states.ts'
import { countText, pluralText, relativeText } from '../elements/time-text.ts'
import { arrivalText, openText } from './arrival-text.ts'
import { CancelForm, JobActions, SwitchOnForm } from './job-actions.tsx'
import { MODE_TEXTS } from './job-words.ts'
import { MissingRights } from './missing-rights.tsx'
import { ProgressBar } from './progress-bar.tsx'
import { StageCell } from './stage-cell.tsx'
import { StageReasons } from './stage-reasons.tsx'
import { StateMark } from './state-mark.tsx'
import { SyncStatusFacts } from './sync-status-facts.tsx'
import { UnfinishedList } from './unfinished.tsx'

/** Code is ingested by jobs of its own. */
const SYNC_STEPS = STEPS.filter(({ name }) => name !== 'github_code')

const LINK = 'inline-block py-1 text-accent underline underline-offset-4'

/** The jobs of one installation. */
export type OwnJobs = [Job, ...Job[]]

interface Card {
  /** Jobs of this installation only. */
  jobs: OwnJobs
  syncStatus: SyncStatus | undefined
  forecasts: Forecast[]
  lastDelivery: LastDelivery | undefined
  now: string
}

/** An installation: its sync step by step, queued and parallel jobs, and the available actions. */
export function InstallationCard({ jobs, syncStatus, forecasts, lastDelivery, now }: Card) {
  const syncs = jobs.filter((job) => isSyncMode(job.mode))
  const main = syncs.find((job) => job.overall !== 'queued') ?? syncs[0]
  const { id, account } = jobs[0].installation
  const title = `installation-${id}`
  // Somebody who ingests code outside every installation.
  if (!syncStatus && syncs.length === 0) return <MakerCard jobs={jobs} />
  return (
    <article aria-labelledby={title} className="rounded-lg border border-line bg-surface">
      <header className="px-4 py-4 sm:px-5">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
          <h3 id={title} className="text-lg font-semibold">
            {account}
          </h3>
          {main && <StateMark state={main.phase} fraction={main.progress / 100} />}
        </div>
        <p className="mt-0.5 text-sm leading-relaxed text-soft">
          <JobSummary job={main} now={now} />
        </p>
        {syncStatus?.offBy ? (
          <SwitchedOff installationId={id} account={account} offBy={syncStatus.offBy} />
        ) : (
          main?.error && <p className="mt-2 text-[0.9375rem] text-fail">{main.error}</p>
        )}
        {syncStatus && syncStatus.missingPermissions.length > 0 && (
          <MissingRights syncStatus={syncStatus} />
        )}
        {syncStatus && syncStatus.withheldLists.length > 0 && (
          <p className="mt-2 text-[0.9375rem] text-warn">
            GitHub withholds lists of pull requests: {syncStatus.withheldLists.join(', ')}. They are
            left out and asked for again every hour.
          </p>
        )}
        {syncStatus?.withheldFrom && (
          <p className="mt-2 text-[0.9375rem] text-warn">
            New texts are found by words only: the settings do not allow them to be sent to{' '}
            {syncStatus.withheldFrom} for the search by meaning.
          </p>
        )}
        {syncStatus?.invalidSettings.map(({ field, message, hint }) => (
          <p key={field} className="mt-2 text-[0.9375rem] text-fail">
            Setting {field}: {message}. {hint}
          </p>
        ))}
        <JobActions installationId={id} account={account} job={main} />
        <p className="mt-3 flex flex-wrap gap-x-5 text-sm">
          <a className={LINK} href={`/installations/${id}/settings`}>
            Settings of {account}
          </a>
          <a className={LINK} href={`/jobs?installation=${id}`}>
            Earlier runs of {account}
          </a>
          {main?.id && (
            <a className={LINK} href={`/jobs/${main.id}`}>
              Log of job {main.id}
            </a>
          )}
        </p>
      </header>
      {main?.id && (
        <>
          {isOpen(main.overall) && (
            <RunProgress
              job={main}
              forecast={forecasts.find((one) => one.jobId === main.id)}
              now={now}
            />
          )}
          <ol className="divide-y divide-line border-t border-line">
            {SYNC_STEPS.map((step) => (
              <StepRow
                key={step.name}
                step={main.steps[step.name]}
                isEmbedded={!syncStatus?.withheldFrom}
                now={now}
              />
            ))}
          </ol>
          <UnfinishedList job={main} />
        </>
      )}
      {syncs.map((job) => job !== main && <Waiting key={job.id} job={job} />)}
      {jobs.map((job) => job.mode === 'targeted' && <Targeted key={job.id} job={job} now={now} />)}
      {jobs.map((job) => job.ingest && <CodeLine key={job.id} job={job} ingest={job.ingest} />)}
      {lastDelivery && <WebhookLine lastDelivery={lastDelivery} now={now} />}
      {syncStatus && <SyncStatusFacts syncStatus={syncStatus} job={main} now={now} />}
    </article>
  )
}

function MakerCard({ jobs }: { jobs: OwnJobs }) {
  const { id, account } = jobs[0].installation
  return (
    <article
      aria-labelledby={`installation-${id}`}
      className="rounded-lg border border-line bg-surface"
    >
      <header className="px-4 py-4 sm:px-5">
        <h3 id={`installation-${id}`} className="text-lg font-semibold">
          Code of {account}
        </h3>
        <p className="mt-0.5 text-sm leading-relaxed text-soft">
          Outside every installation.{' '}
          <a className={LINK} href="/projects">
            Projects
          </a>
        </p>
      </header>
      {jobs.map((job) => job.ingest && <CodeLine key={job.id} job={job} ingest={job.ingest} />)}
    </article>
  )
}

function SwitchedOff({
  offBy,
  ...installation
}: {
  installationId: string
  account: string
  offBy: NonNullable<SyncStatus['offBy']>
}) {
  return offBy === 'unapproved' ? (
    <>
      <p className="mt-2 text-[0.9375rem] text-warn">
        Waiting for approval: {installation.account} has installed the App, but it belongs to
        somebody else. Nothing of it is read, and its events are dropped, until an operator approves
        it.
      </p>
      <SwitchOnForm {...installation}>Approve</SwitchOnForm>
    </>
  ) : (
    <>
      <p className="mt-2 text-[0.9375rem] text-warn">
        Switched off by an operator: nothing is read, and nobody sees the copy. It is kept.
      </p>
      <SwitchOnForm {...installation}>Switch on</SwitchOnForm>
    </>
  )
}

function JobSummary({ job, now }: { job: Job | undefined; now: string }) {
  if (!job?.id || !job.mode || !job.trigger) return 'Never synced.'
  return (
    <>
      {MODE_TEXTS[job.mode]}, job {job.id}, {job.startedAt ? 'started' : 'requested'}{' '}
      {TRIGGER_WORDS[job.trigger]}
      {job.startedAt && (
        <>
          {' '}
          at <Moment at={job.startedAt} now={now} />
        </>
      )}
      {job.finishedAt && (
        <>
          , ended at <Moment at={job.finishedAt} now={now} />
        </>
      )}
      {(job.overall === 'failed' || job.overall === 'cancelled') &&
        `, ${job.totalKnown ? `at ${progressText(job)}` : progressText(job)}`}
      .
    </>
  )
}

interface ProgressProps {
  job: Job
  forecast: Forecast | undefined
  now: string
}

function RunProgress({ job, forecast, now }: ProgressProps) {
  const eta = forecast?.etaAt && forecast.etaAt > now ? relativeText(forecast.etaAt, now) : null
  return (
    <div className="px-4 pb-4 sm:px-5">
      <ProgressBar job={job} />
      {forecast && (
        <p className="mt-1 text-sm text-soft">
          {readText(forecast)}
          {eta && `, done ${eta}`}
        </p>
      )}
      {job.overall === 'paused' && job.pausedUntil && (
        <p className="mt-1 text-[0.9375rem] text-warn">
          Paused until <Moment at={job.pausedUntil} now={now} />
          {pauseReason(job)}
        </p>
      )}
    </div>
  )
}

function pauseReason(job: Job): string {
  const stages = Object.values(job.steps).flatMap((step) => Object.values(step.details))
  const message = stages.find(({ state }) => state === 'paused')?.reason?.message
  return message ? `: ${message}` : ''
}

interface Row {
  step: StepView
  /** False if texts may not be sent to the embedding provider. */
  isEmbedded: boolean
  now: string
}

function StepRow({ step, isEmbedded, now }: Row) {
  return (
    <li className="gap-x-6 px-4 py-4 sm:grid sm:grid-cols-[1fr_3fr] sm:px-5">
      <h4 className="text-[0.9375rem] leading-snug font-medium">{step.display_name}</h4>
      <ol className="mt-3 grid gap-x-5 gap-y-3 sm:mt-0 sm:grid-cols-3">
        {STAGES.map((stage) => (
          <StageCell
            key={stage}
            name={stage}
            stage={step.details[stage]}
            isLeftOut={stage === 'embedding' && !isEmbedded}
            now={now}
          />
        ))}
      </ol>
      <StageReasons step={step} now={now} />
    </li>
  )
}

/** A line below the steps. */
function Line({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line px-4 py-3 text-[0.9375rem] sm:px-5">
      {children}
    </div>
  )
}

function Waiting({ job }: { job: Job }) {
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

function WebhookLine({ lastDelivery, now }: { lastDelivery: LastDelivery; now: string }) {
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

function CodeLine({ job, ingest }: { job: Job; ingest: NonNullable<Job['ingest']> }) {
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

function Targeted({ job, now }: { job: Job; now: string }) {
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
