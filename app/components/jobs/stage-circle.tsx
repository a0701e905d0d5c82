import type { ReactNode } from 'react'
import { type ShownState, STATE_TONES, TONE_CLASSES } from '../elements/states.ts'

const RADIUS = 17
const CIRCUMFERENCE = 2 * Math.PI * RADIUS
const TICK = <path d="M13.5 20.6l4.4 4.4 8.8-9.6" />
const DOTS = <path d="M13.5 20v.01M20 20v.01M26.5 20v.01" />
const EXCLAMATION = <path d="M20 12v10M20 27v.3" />

/** Each state has its own symbol in the circle, so that color is never the only difference. */
const SIGNS: Partial<Record<ShownState, ReactNode>> = {
  queued: <path d="M20 12v8l5 3.5" />,
  paused: <path d="M16.5 14v12M23.5 14v12" />,
  retrying: <path d="M26 16.5a7 7 0 1 0 1 5M26.6 12.5v4.6H22" />,
  stalled: EXCLAMATION,
  finished: TICK,
  finished_with_gaps: TICK,
  failed: <path d="M14.5 14.5l11 11M25.5 14.5l-11 11" />,
  cancelled: <path d="M12.5 27.5l15-15" />,
}

interface Circle {
  state: ShownState
  /** Completed fraction, from 0 to 1; null if unknown. */
  fraction: number | null
}

/** A stage at a glance: a progress ring with a symbol for its state. The text is next to it. */
export function StageCircle({ state, fraction }: Circle) {
  const isIdle = state === 'idle' || state === 'ready'
  const isFilled = state === 'finished' || fraction === 1
  const arc = isFilled ? CIRCUMFERENCE : Math.max(0.03, fraction ?? 0) * CIRCUMFERENCE
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 40 40"
      className={`size-10 shrink-0 ${TONE_CLASSES[STATE_TONES[state]]}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <circle
        cx="20"
        cy="20"
        r={RADIUS}
        strokeOpacity={isIdle ? 0.7 : 0.25}
        strokeDasharray={isIdle ? '3 4.1' : undefined}
        strokeWidth={isIdle ? 1.8 : 3}
      />
      {!isIdle && (
        <circle
          cx="20"
          cy="20"
          r={RADIUS}
          strokeWidth="3"
          strokeLinecap={isFilled ? 'butt' : 'round'}
          strokeDasharray={`${arc} ${CIRCUMFERENCE}`}
          transform="rotate(-90 20 20)"
        />
      )}
      {state !== 'running' ? (
        SIGNS[state]
      ) : fraction === null ? (
        DOTS
      ) : (
        <Percent {...{ fraction }} />
      )}
    </svg>
  )
}

function Percent({ fraction }: { fraction: number }) {
  return (
    <text
      x="20"
      y="24"
      textAnchor="middle"
      fontSize="11"
      fontWeight="600"
      stroke="none"
      fill="currentColor"
    >
      {Math.floor(fraction * 100)}
    </text>
  )
}
