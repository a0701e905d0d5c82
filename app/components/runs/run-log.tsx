import type { LogFound } from '#app/ledger/views/search-log.ts'
import { logQueryText } from './log-address.ts'
import { type LogFilter, LogFilterForm } from './log-filter.tsx'
import { LogList } from './log-list.tsx'

export interface RunLog extends LogFound {
  filter: LogFilter
  /** True for the page that begins with the first entry. */
  isFirst: boolean
  /** Where the page that begins with the first error starts; null if there is none. */
  firstError: { id: string; after: string } | null
}

const LINK = 'inline-flex min-h-11 items-center text-accent underline underline-offset-4'

/** The log of a run: a form, a page of entries, and the ways to the others. */
export function RunLogSection({ runId, log, now }: { runId: string; log: RunLog; now: string }) {
  const { filter, entries, previous, next, firstError } = log
  const isFiltered = logQueryText(filter) !== ''
  const page = (edge: { after?: string; before?: string }) =>
    `/jobs/${runId}${logQueryText(filter, edge)}#log`
  return (
    <section aria-labelledby="log" className="mt-10">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-6">
        <h2 id="log" className="text-lg font-semibold tracking-tight">
          Log
        </h2>
        <p className="flex flex-wrap gap-x-6">
          {firstError && (
            <a
              className={LINK}
              href={`/jobs/${runId}?after=${firstError.after}#entry-${firstError.id}`}
            >
              First error
            </a>
          )}
          <a className={LINK} href={`/jobs/${runId}/log.txt${logQueryText(filter)}`} download>
            Download {isFiltered ? 'what matches' : 'all'}
          </a>
        </p>
      </div>
      <LogFilterForm runId={runId} filter={filter} />
      {entries.length > 0 ? (
        <LogList entries={entries} now={now} />
      ) : (
        <NoEntries runId={runId} isFiltered={isFiltered} isFirst={log.isFirst} />
      )}
      {(previous || next) && (
        <nav aria-label="Pages of the log" className="mt-2 flex flex-wrap gap-x-6">
          {previous && (
            <a className={LINK} href={page({ before: previous })}>
              ← Earlier
            </a>
          )}
          {next && (
            <a className={LINK} href={page({ after: next })}>
              Later →
            </a>
          )}
        </nav>
      )}
    </section>
  )
}

interface NoEntriesProps {
  runId: string
  isFiltered: boolean
  isFirst: boolean
}

function NoEntries({ runId, isFiltered, isFirst }: NoEntriesProps) {
  if (!isFiltered && isFirst) return <p className="text-soft">Nothing has happened yet.</p>
  return (
    <p className="text-soft">
      {isFirst ? 'No entry of this run matches.' : 'There is nothing on this page.'}{' '}
      <a className="text-accent underline underline-offset-4" href={`/jobs/${runId}#log`}>
        Show everything
      </a>
    </p>
  )
}
