import type { Job } from '#app/ledger/views/job.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Moment } from '../elements/moment.tsx'
import { TRIGGER_WORDS } from '../elements/states.ts'
import { countText } from '../elements/time-text.ts'
import { itemsOf, MODE_TEXTS, spanText } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'

const HEADS = ['Job', 'Account', 'Started', 'Duration', 'Result', 'Done', 'Failed', 'Gaps']

/** Lists runs, newest first. */
export function HistoryTable({ jobs, now }: { jobs: Job[]; now: string }) {
  return (
    <section aria-label="Runs">
      <DataTable heads={HEADS}>
        <tbody className="divide-y divide-line">
          {jobs.map((job) => (
            <HistoryRow key={job.id} job={job} now={now} />
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

function HistoryRow({ job, now }: { job: Job; now: string }) {
  const { done, failed, gaps } = itemsOf(job)
  return (
    <tr>
      <th scope="row" className={`${CELL} font-normal`}>
        <a className="text-accent underline underline-offset-4" href={`/jobs/${job.id}`}>
          {job.mode ? MODE_TEXTS[job.mode] : 'Job'} {job.id}
        </a>
        <span className="block text-sm text-soft">{job.trigger && TRIGGER_WORDS[job.trigger]}</span>
      </th>
      <td className={CELL}>{job.installation.account}</td>
      <td className={CELL}>{job.startedAt && <Moment at={job.startedAt} now={now} />}</td>
      <td className={`${CELL} whitespace-nowrap`}>{spanText(job, now)}</td>
      <td className={CELL}>
        <StateMark state={job.phase} fraction={job.progress / 100} />
      </td>
      <td className={CELL}>{countText(done)}</td>
      <td className={CELL}>{countText(failed)}</td>
      <td className={CELL}>{countText(gaps)}</td>
    </tr>
  )
}
