import type { Job } from '#app/ledger/views/job.ts'
import { progressText } from '../elements/states.ts'

/** The progress of a job as a bar and in words. */
export function ProgressBar({ job }: { job: Job }) {
  return (
    <div className="flex items-center gap-3">
      <svg aria-hidden="true" className="h-1.5 flex-1 rounded-full" preserveAspectRatio="none">
        <rect width="100%" height="100%" className="fill-sunken" />
        {job.totalKnown && (
          <rect width={`${job.progress}%`} height="100%" className="fill-accent" />
        )}
      </svg>
      <span className="text-sm whitespace-nowrap text-soft tabular-nums">{progressText(job)}</span>
    </div>
  )
}
