import type { Job } from '../ledger/jobs.ts'
import { JobCard } from './job-card.tsx'
import { Section } from './section.tsx'
import { type Totals, totalsOf } from './states.ts'
import { countText, pluralText } from './time-text.ts'

interface Ledger {
  /** Null while the database does not answer. */
  jobs: Job[] | null
  now: string
}

export function LedgerSection({ jobs, now }: Ledger) {
  const shown = jobs ?? []
  return (
    <Section
      id="ledger"
      title="Ledger"
      aside={shown.length > 0 && <TotalsLine totals={totalsOf(shown)} />}
    >
      {shown.length > 0 ? (
        <ul className="space-y-4">
          {shown.map((job) => (
            <li key={`${job.installation.id}/${job.id}`}>
              <JobCard job={job} now={now} />
            </li>
          ))}
        </ul>
      ) : (
        <div className="rounded-lg border border-dashed border-line px-4 py-8 text-center sm:px-5">
          <p className="font-medium">
            {jobs ? 'No installation yet' : 'The ledger cannot be read'}
          </p>
          <p className="mx-auto mt-1 max-w-md leading-relaxed text-balance text-soft">
            {jobs
              ? 'Each account that Whence reads gets a card here, with what is done, what is left, and why if something stands still.'
              : 'It is in the database, which does not answer. Nothing of it is lost: it shows here again when the database does.'}
          </p>
        </div>
      )}
    </Section>
  )
}

function TotalsLine({ totals }: { totals: Totals }) {
  const parts = [
    `${countText(totals.done)} done`,
    `${countText(totals.running)} running`,
    `${countText(totals.waiting)} waiting`,
    `${countText(totals.failed)} failed`,
    pluralText(totals.gaps, 'gap'),
  ]
  return (
    <p className="text-sm text-soft">
      {pluralText(totals.total, 'work item')}: {parts.join(', ')}
    </p>
  )
}
