import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { Moment } from '../elements/moment.tsx'
import { TRIGGER_WORDS } from '../elements/states.ts'
import { countText, pluralText } from '../elements/time-text.ts'
import { CancelForm, RetryForm } from '../jobs/job-actions.tsx'
import { spanText } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'
import { IngestProgress } from './ingest-progress.tsx'

interface Listed {
  jobs: Job[]
  /** The address of the page, to which its forms lead back. */
  here: string
  now: string
}

/** Lists jobs that ingest code, each with how it goes and what can be done about it. */
export function IngestList({ jobs, here, now }: Listed) {
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {jobs.map(
        (job) => job.ingest && <Item key={job.id} {...{ job, ingest: job.ingest, here, now }} />,
      )}
    </ul>
  )
}

interface Row {
  job: Job
  ingest: NonNullable<Job['ingest']>
  here: string
  now: string
}

function Item({ job, ingest, here, now }: Row) {
  return (
    <li className="px-4 py-3.5 sm:px-5" data-job={job.id}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <p className="min-w-0 [overflow-wrap:anywhere]">
          <span className="font-medium">{ingest.repository}</span> ({ingest.branch}){' '}
          <span className="text-soft">
            into {ingest.project}/{ingest.dataset}
          </span>
        </p>
        <StateMark state={job.phase} fraction={job.progress / 100} />
      </div>
      <p className="mt-0.5 text-sm leading-relaxed text-soft">
        <Facts {...{ job, ingest, now }} />
      </p>
      {isOpen(job.overall) ? (
        <IngestProgress {...{ job, ingest, now }} />
      ) : (
        <Result statistics={ingest.statistics} />
      )}
      {job.error && (
        <p className="mt-1.5 text-[0.9375rem] leading-relaxed text-fail [overflow-wrap:anywhere]">
          {job.error}
        </p>
      )}
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <RetryForm job={job} to={here} />
        {isOpen(job.overall) && <CancelForm job={job} to={here} />}
        <a
          className="inline-block py-1 text-sm text-accent underline underline-offset-4"
          href={`/jobs/${job.id}`}
        >
          Log of job {job.id}
        </a>
      </div>
    </li>
  )
}

function Facts({ job, ingest, now }: Omit<Row, 'here'>) {
  const span = spanText(job, now)
  return (
    <>
      Requested {job.trigger && TRIGGER_WORDS[job.trigger]}
      {ingest.sha && (
        <>
          , commit <code>{ingest.sha.slice(0, 12)}</code>
        </>
      )}
      {job.startedAt ? (
        <>
          , started at <Moment at={job.startedAt} now={now} />
        </>
      ) : (
        ', not started'
      )}
      {span && (job.finishedAt ? `, took ${span}` : `, for ${span}`)}
    </>
  )
}

/** Tells what a job has ingested, if it has. */
function Result({ statistics }: Pick<Row['ingest'], 'statistics'>) {
  const { files, chunks, newFiles } = statistics
  if (files === null || chunks === null) return null
  const skipped = Object.entries(statistics.skipped)
  return (
    <p className="text-sm leading-relaxed text-soft">
      {pluralText(files, 'file')}
      {newFiles !== null && `, ${countText(newFiles)} changed`}, {pluralText(chunks, 'chunk')}
      {skipped.length > 0 &&
        `; skipped: ${skipped.map(([why, count]) => `${countText(count)} ${why.replaceAll('_', ' ')}`).join(', ')}`}
    </p>
  )
}
