import type { Job } from '#app/ledger/views/job.ts'
import type { RunClock } from '#app/ledger/views/run-clocks.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import { Ago, Moment } from '../elements/moment.tsx'
import { readText } from '../elements/states.ts'
import { countText, relativeText } from '../elements/time-text.ts'
import { ProgressBar } from '../jobs/progress-bar.tsx'

interface Progress {
  job: Job
  forecast: Forecast | undefined
  /** Undefined before the run has started. */
  clock: RunClock | undefined
  now: string
}

/** How far an open run is, how fast, when it will probably end, and what it waits for. */
export function RunProgress({ job, forecast, clock, now }: Progress) {
  return (
    <div className="mt-4">
      <ProgressBar job={job} />
      <p className="mt-1.5 flex flex-wrap gap-x-4 text-sm text-soft">
        {forecast && <span>{readText(forecast)}</span>}
        {forecast && clock && <Rate forecast={forecast} clock={clock} />}
        {forecast?.eta && forecast.eta.to > now && <span>{endText(forecast.eta, now)}</span>}
        {job.lastActivityAt && (
          <span>
            last activity <Ago at={job.lastActivityAt} now={now} />
          </span>
        )}
        {job.currentItem && (
          <span className="min-w-0 [overflow-wrap:anywhere]">in hand: {job.currentItem}</span>
        )}
      </p>
      {job.overall === 'paused' && job.pausedUntil && (
        <p className="mt-1 text-[0.9375rem] text-warn">
          Paused until <Moment at={job.pausedUntil} now={now} />
          {pauseReason(job)}
        </p>
      )}
    </div>
  )
}

/** Of the time that was not spent in pauses. */
function Rate({ forecast, clock }: { forecast: Forecast; clock: RunClock }) {
  const minutes = (clock.wallMs - clock.pausedMs) / 60_000
  if (forecast.read === 0 || minutes < 0.05) return null
  return <span>{countText(Math.max(1, Math.round(forecast.read / minutes)))} a minute</span>
}

/** Formats `done in 4 to 7 min`. */
function endText({ from, to }: { from: string; to: string }, now: string): string {
  const [first, last] = [from, to].map((at) => relativeText(at, now).replace('in ', ''))
  if (first === last || first === 'now') return `done in at most ${last}`
  const [number, unit] = (first ?? '').split(' ')
  return last?.endsWith(` ${unit}`) ? `done in ${number} to ${last}` : `done in ${first} to ${last}`
}

function pauseReason(job: Job): string {
  const stages = Object.values(job.steps).flatMap((step) => Object.values(step.details))
  const message = stages.find(({ state }) => state === 'paused')?.reason?.message
  return message ? `: ${message}` : ''
}
