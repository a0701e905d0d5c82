import { STEPS } from '#app/ledger/steps.ts'
import type { RunTimes, Times } from '#app/ledger/views/run-times.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { durationText } from '../jobs/job-words.ts'

const HEADS = ['Work', 'Queued', 'Paused', 'Waiting for GitHub', 'Working']

/** Shows where the time of a run went; nothing before there is any. */
export function TimesTable({ times }: { times: RunTimes }) {
  if (times.stages.length === 0) return null
  return (
    <section aria-label="Where the time went" className="mt-10">
      <h2 className="mb-1 text-lg font-semibold tracking-tight">Where the time went</h2>
      <p className="mb-3 text-sm text-soft">
        Sums over batches of work: of two at the same time, both count.
      </p>
      <DataTable heads={HEADS}>
        <tbody className="divide-y divide-line">
          {times.stages.map(({ step, stage, ...row }) => (
            <TimesRow key={`${step}/${stage}`} name={placeText(step, stage)} times={row} />
          ))}
        </tbody>
        {times.repositories.length > 0 && (
          <tbody className="divide-y divide-line border-t-2 border-line">
            {times.repositories.map(({ name, ...row }) => (
              <TimesRow key={name} name={name} times={row} />
            ))}
          </tbody>
        )}
      </DataTable>
    </section>
  )
}

function placeText(step: string, stage: string): string {
  return `${STEPS.find(({ name }) => name === step)?.displayName}, ${stage}`
}

function TimesRow({ name, times }: { name: string; times: Times }) {
  const { queuedMs, pausedMs, githubMs, workingMs } = times
  return (
    <tr>
      <th scope="row" className={`${CELL} font-normal`}>
        {name}
      </th>
      {[queuedMs, pausedMs, githubMs, workingMs].map((ms, index) => (
        <td key={HEADS[index + 1]} className={`${CELL} whitespace-nowrap`}>
          {timeText(ms)}
        </td>
      ))}
    </tr>
  )
}

/** Returns `0 s` only for nothing at all. */
function timeText(ms: number): string {
  return ms > 0 && ms < 1_000 ? 'under 1 s' : durationText(ms / 1_000)
}
