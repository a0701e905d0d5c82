import type { TableSums } from '#app/archive/repository-table.ts'
import type { CodeSums } from '#app/code/views/code-sums.ts'
import { isOpen, isSyncMode } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import type { LastHour, RunClock } from '#app/ledger/views/run-clocks.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import type { SyncStatus } from '#app/sync/status/sync-status.ts'
import type { LastDelivery } from '#app/webhooks/log/hook-status.ts'
import { Moment } from '../elements/moment.tsx'
import { progressText, TRIGGER_WORDS } from '../elements/states.ts'
import { JobActions, SwitchOnForm } from '../jobs/job-actions.tsx'
import { MODE_TEXTS } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'
import { TimeBar } from '../jobs/time-bar.tsx'
import { UnfinishedList } from '../jobs/unfinished.tsx'
import { CodeLine, LINK, RefreshLine, WaitingLine, WebhookLine } from './card-lines.tsx'
import { MissingRights } from './missing-rights.tsx'
import { RepositoriesLine } from './repositories-line.tsx'
import { RunProgress } from './run-progress.tsx'
import { CodeRow, StepRow } from './step-row.tsx'
import { SyncStatusFacts } from './sync-status-facts.tsx'

const SYNC_STEPS = ['github_repositories', 'github_prs_commits_reviews_comments'] as const

/** The jobs of one installation. */
export type OwnJobs = [Job, ...Job[]]

/** What a card shows beside the jobs; of one installation. */
export interface CardFacts {
  syncStatus: SyncStatus | undefined
  lastDelivery: LastDelivery | undefined
  repositories: TableSums | undefined
  code: CodeSums | undefined
  lastHour: LastHour[]
}

interface Card extends CardFacts {
  /** Jobs of this installation only. */
  jobs: OwnJobs
  forecasts: Forecast[]
  /** By the id of the run. */
  clocks: Record<string, RunClock>
  now: string
}

/** An installation: its sync step by step, queued and parallel jobs, and the available actions. */
export function InstallationCard({ jobs, forecasts, clocks, now, ...facts }: Card) {
  const { syncStatus, lastDelivery, repositories, code, lastHour } = facts
  const syncs = jobs.filter((job) => isSyncMode(job.mode))
  const main = syncs.find((job) => job.overall !== 'queued') ?? syncs[0]
  const { id, account } = jobs[0].installation
  const title = `installation-${id}`
  // Somebody who ingests code outside every installation.
  if (!syncStatus && syncs.length === 0) return <MakerCard jobs={jobs} />
  const clock = main?.id ? clocks[main.id] : undefined
  const forecast = forecasts.find((one) => one.jobId === main?.id)
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
        {main?.id && isOpen(main.overall) && (
          <RunProgress job={main} forecast={forecast} clock={clock} now={now} />
        )}
        <Problems id={id} account={account} job={main} syncStatus={syncStatus} />
        <JobActions installationId={id} account={account} job={main} />
        <p className="mt-3 flex flex-wrap gap-x-5 text-sm">
          {main?.id && (
            <a className={LINK} href={`/jobs/${main.id}`}>
              Job {main.id}: its course and log
            </a>
          )}
          <a className={LINK} href={`/jobs?installation=${id}`}>
            Earlier runs of {account}
          </a>
          <a className={LINK} href={`/installations/${id}/settings`}>
            Settings of {account}
          </a>
        </p>
      </header>
      {main?.id && (
        <>
          <ol className="divide-y divide-line border-t border-line">
            {SYNC_STEPS.map((name) => (
              <StepRow
                key={name}
                name={name}
                step={main.steps[name]}
                lastHour={lastHour}
                isEmbedded={!syncStatus?.withheldFrom}
                now={now}
              />
            ))}
            <CodeRow {...{ installationId: id, jobs, sums: code, lastHour, now }} />
          </ol>
          <UnfinishedList job={main} />
          {clock && <TimeSection clock={clock} isOver={!isOpen(main.overall)} />}
        </>
      )}
      {syncs.map((job) => job !== main && <WaitingLine key={job.id} job={job} />)}
      {jobs.map((job) => job.mode === 'targeted' && <RefreshLine key={job.id} {...{ job, now }} />)}
      {jobs.map((job) => job.ingest && <CodeLine key={job.id} job={job} ingest={job.ingest} />)}
      {repositories && <RepositoriesLine account={account} sums={repositories} />}
      {lastDelivery && <WebhookLine lastDelivery={lastDelivery} now={now} />}
      {syncStatus && (
        <SyncStatusFacts
          syncStatus={syncStatus}
          job={main}
          pointsToCome={forecast?.points ?? null}
          now={now}
        />
      )}
    </article>
  )
}

function TimeSection({ clock, isOver }: { clock: RunClock; isOver: boolean }) {
  return (
    <section aria-label="Where the time went" className="border-t border-line px-4 py-3.5 sm:px-5">
      <h4 className="mb-2 text-sm text-soft">
        {isOver ? 'Where the time of this run went' : 'Where the time of this run goes'}
      </h4>
      <TimeBar clock={clock} />
    </section>
  )
}

interface ProblemsProps {
  id: string
  account: string
  job: Job | undefined
  syncStatus: SyncStatus | undefined
}

/** What is wrong, or will be: each with what to do. */
function Problems({ id, account, job, syncStatus }: ProblemsProps) {
  const warning = 'mt-2 text-[0.9375rem] text-warn'
  return (
    <>
      {syncStatus?.offBy ? (
        <SwitchedOff installationId={id} account={account} offBy={syncStatus.offBy} />
      ) : (
        job?.error && <JobError job={job} error={job.error} />
      )}
      {syncStatus && syncStatus.missingPermissions.length > 0 && (
        <MissingRights syncStatus={syncStatus} />
      )}
      {syncStatus && syncStatus.withheldLists.length > 0 && (
        <p className={warning}>
          GitHub withholds lists of pull requests: {syncStatus.withheldLists.join(', ')}. They are
          left out and asked for again every hour.
        </p>
      )}
      {syncStatus?.withheldFrom && (
        <p className={warning}>
          New texts are found by words only: the settings do not allow them to be sent to{' '}
          {syncStatus.withheldFrom} for the search by meaning.
        </p>
      )}
      {syncStatus?.invalidSettings.map(({ field, message, hint }) => (
        <p key={field} className="mt-2 text-[0.9375rem] text-fail">
          Setting {field}: {message}. {hint}
        </p>
      ))}
    </>
  )
}

/** The cause, the place, and what to do about it. */
function JobError({ job, error }: { job: Job; error: string }) {
  const failed = job.unfinished.find(({ state }) => state === 'failed')
  return (
    <p className="mt-2 text-[0.9375rem] text-fail">
      {error}
      {failed?.name && (
        <>
          , at <code>{failed.name}</code>
        </>
      )}
      {failed && (
        <span className="block text-soft">
          “Retry failed” reads again what failed, and nothing else.
        </span>
      )}
    </p>
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
