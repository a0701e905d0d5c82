import type { LogEntry } from '#app/ledger/views/run-log.ts'
import { Moment } from '../elements/moment.tsx'
import { TONE_CLASSES } from '../elements/states.ts'

const TONES = {
  info: 'plain',
  warning: 'warning',
  error: 'bad',
} as const

/** What happened in a run, oldest first. */
export function LogList({ entries, now }: { entries: LogEntry[]; now: string }) {
  return (
    <ol className="divide-y divide-line rounded-lg border border-line bg-surface">
      {entries.map((entry) => (
        <li
          key={entry.id}
          id={`entry-${entry.id}`}
          className="scroll-mt-4 px-4 py-2.5 text-[0.9375rem] target:bg-sunken sm:px-5"
        >
          <div className="gap-x-4 sm:grid sm:grid-cols-[13rem_1fr]">
            <span className="text-sm text-soft">
              <Moment at={entry.at} now={now} />
            </span>
            <p className="leading-relaxed break-words">
              {entry.level !== 'info' && (
                <strong className={`font-medium ${TONE_CLASSES[TONES[entry.level]]}`}>
                  {entry.level === 'error' ? 'Error. ' : 'Warning. '}
                </strong>
              )}
              {entry.message}
              {entry.detail && (
                <span className="mt-0.5 block text-sm text-soft">{entry.detail}</span>
              )}
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}
