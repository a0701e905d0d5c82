import type { RunClock } from '#app/ledger/views/run-clocks.ts'
import { durationText } from './job-words.ts'

/** In the order in which a run passes through them, with the names and fills of the bar. */
const PARTS = [
  { key: 'githubMs', name: 'waiting for GitHub', fill: 'fill-accent', mark: 'bg-accent' },
  { key: 'storingMs', name: 'storing answers', fill: 'fill-part-1', mark: 'bg-part-1' },
  { key: 'transformMs', name: 'transform', fill: 'fill-part-2', mark: 'bg-part-2' },
  { key: 'embeddingMs', name: 'embedding', fill: 'fill-part-3', mark: 'bg-part-3' },
  { key: 'queuedMs', name: 'queued', fill: 'fill-part-4', mark: 'bg-part-4' },
  { key: 'pausedMs', name: 'paused by a limit', fill: 'fill-warn', mark: 'bg-warn' },
  { key: 'retryingMs', name: 'waiting for another attempt', fill: 'fill-fail', mark: 'bg-fail' },
  { key: 'unaccountedMs', name: 'unaccounted', fill: 'fill-line', mark: 'bg-line' },
] as const

/** Where the wall time of a run went: a bar, and its parts in words, which add up to the whole. */
export function TimeBar({ clock }: { clock: RunClock }) {
  const parts = PARTS.filter(({ key }) => clock[key] > 0)
  let start = 0
  return (
    <div>
      <svg
        aria-hidden="true"
        className="h-2.5 w-full rounded-full bg-sunken"
        preserveAspectRatio="none"
        viewBox="0 0 100 10"
      >
        {parts.map(({ key, fill }) => {
          const width = (clock[key] / clock.wallMs) * 100
          const x = start
          start += width
          return <rect key={key} x={x} width={width} height="10" className={fill} />
        })}
      </svg>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {parts.map(({ key, name, mark }) => (
          <li key={key} className="inline-flex items-baseline gap-1.5">
            <span aria-hidden="true" className={`inline-block size-2.5 rounded-xs ${mark}`} />
            {name} <span className="text-soft">{partText(clock[key], clock.wallMs)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Formats `3 min, 12 %`. */
function partText(ms: number, wallMs: number): string {
  const share = (ms / wallMs) * 100
  const percent = share < 1 ? 'under 1 %' : `${Math.round(share)} %`
  return `${ms < 1_000 ? 'under 1 s' : durationText(ms / 1_000)}, ${percent}`
}
