import type { Job } from '#app/ledger/views/job.ts'
import { countText, pluralText, relativeText } from '../elements/time-text.ts'
import { ProgressBar } from '../jobs/progress-bar.tsx'
import { StageReasons } from '../jobs/stage-reasons.tsx'

interface Progress {
  job: Job
  ingest: NonNullable<Job['ingest']>
  now: string
}

/** Tells how an ingest goes that has not ended: what it does, how far it is, or what it waits for. */
export function IngestProgress({ job, ingest, now }: Progress) {
  const speed = speedText(job, now)
  return (
    <>
      {job.overall === 'queued' ? (
        <p className="mt-1 text-[0.9375rem] text-soft">{turnText(ingest)}</p>
      ) : (
        <div className="mt-2">
          <ProgressBar job={job} />
          {/* The lines keep their height, so that nothing jumps while they change. */}
          <p className="mt-1 flex min-w-0 gap-x-2 text-[0.9375rem]">
            <span className="whitespace-nowrap">{ingest.phase ?? 'Waiting'}</span>
            <span className="truncate font-mono text-sm leading-6 text-soft">
              {ingest.currentFile}
            </span>
          </p>
          <p className="min-h-5 text-sm text-soft tabular-nums">{speed}</p>
        </div>
      )}
      <StageReasons step={job.steps.github_code} now={now} />
    </>
  )
}

function turnText({ waitsFor }: Progress['ingest']): string {
  return waitsFor === null
    ? 'Waits for a worker.'
    : `Waits for job ${waitsFor}, which ingests the same branch.`
}

/** Tells how far the phase is and when it ends, once it is known how much there is to do. */
function speedText(job: Job, now: string): string | null {
  const stage = job.stage && job.steps.github_code.details[job.stage]
  if (!stage?.totalKnown || stage.total === 0) return null
  const rate = stage.ratePerMinute
  return [
    `${countText(stage.done)} of ${pluralText(stage.total, 'work item')}`,
    ...(rate ? [`${countText(Math.max(1, Math.round(rate)))} a minute`] : []),
    ...(stage.etaAt && stage.etaAt > now
      ? [`this phase ends ${relativeText(stage.etaAt, now)}`]
      : []),
  ].join(', ')
}
