import type { Job } from '#app/ledger/views/job.ts'
import { pluralText } from '../elements/time-text.ts'

/** Lists by name what a job could not process. */
export function UnfinishedList({ job }: { job: Job }) {
  if (job.unfinished.length === 0) return null
  const stages = Object.values(job.steps).flatMap((step) => Object.values(step.details))
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0)
  const gaps = stages.reduce((sum, stage) => sum + stage.gaps, 0)
  const more = failed + gaps - job.unfinished.length
  return (
    <details className="border-t border-line px-4 py-3 sm:px-5">
      <summary className="w-fit cursor-pointer text-[0.9375rem] font-medium">
        {failed} failed, {pluralText(gaps, 'gap')}: show them
      </summary>
      <ul className="mt-2 space-y-1.5 text-[0.9375rem]">
        {job.unfinished.map((item) => (
          <li key={`${item.state}/${item.name}/${item.message}`}>
            <span className={item.state === 'failed' ? 'text-fail' : 'text-warn'}>
              {item.state}
            </span>{' '}
            <code>{item.name}</code> <span className="text-soft">{item.message}</span>
          </li>
        ))}
        {more > 0 && <li className="text-soft">and {more} more</li>}
      </ul>
    </details>
  )
}
