import type { Job } from '#app/ledger/views/job.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Moment } from '../elements/moment.tsx'
import { spanText } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'

const HEADS = ['Job', 'Into', 'Started', 'Duration', 'State', 'Action']
const BUTTON = 'min-h-9 cursor-pointer rounded-md border border-line px-3'

/** Lists jobs that ingest code, newest first, with what can be done about each. */
export function IngestJobs({ jobs, now }: { jobs: Job[]; now: string }) {
  return (
    <DataTable heads={HEADS}>
      <tbody className="divide-y divide-line">
        {jobs.map(
          (job) => job.ingest && <Row key={job.id} job={job} ingest={job.ingest} now={now} />,
        )}
      </tbody>
    </DataTable>
  )
}

function Row({ job, ingest, now }: { job: Job; ingest: NonNullable<Job['ingest']>; now: string }) {
  const isRunning = job.overall === 'running'
  return (
    <tr>
      <th scope="row" className={`${CELL} min-w-44 font-normal [overflow-wrap:anywhere]`}>
        <a className="text-accent underline underline-offset-4" href={`/jobs/${job.id}`}>
          {ingest.repository} ({ingest.branch})
        </a>
        {ingest.phase && (
          <span className="block text-sm text-soft">
            {ingest.phase} {ingest.currentFile}
          </span>
        )}
        {job.error && <span className="block text-sm text-fail">{job.error}</span>}
      </th>
      <td className={CELL}>
        {ingest.project}/{ingest.dataset}
      </td>
      <td className={CELL}>{job.startedAt && <Moment at={job.startedAt} now={now} />}</td>
      <td className={`${CELL} whitespace-nowrap`}>{spanText(job, now)}</td>
      <td className={`${CELL} whitespace-nowrap`}>
        <StateMark state={job.phase} fraction={job.progress / 100} />
        {isRunning && <span className="block text-sm text-soft">{job.progress} %</span>}
      </td>
      <td className={CELL}>
        <JobButton job={job} />
      </td>
    </tr>
  )
}

function JobButton({ job }: { job: Job }) {
  const open = job.overall === 'queued' || job.overall === 'running' || job.overall === 'paused'
  const failed = job.overall === 'failed' || job.overall === 'finished_with_gaps'
  if (!open && !failed) return null
  return (
    <form method="post">
      <input type="hidden" name="job" value={job.id ?? ''} />
      <button
        type="submit"
        name="intent"
        value={open ? 'cancel' : 'retry'}
        className={BUTTON}
        aria-label={`${open ? 'Cancel' : 'Retry'} job ${job.id}`}
      >
        {open ? 'Cancel' : 'Retry'}
      </button>
    </form>
  )
}
