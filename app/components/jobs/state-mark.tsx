import type { ReactNode } from 'react'
import { type ShownState, STATE_TONES, STATE_WORDS, TONE_CLASSES } from '../elements/states.ts'

const TICK = <path d="M6.2 10.4l2.6 2.6 5-5.6" />
const TRIANGLE = <path d="M10 2.8L18 17H2zM10 8v4M10 14.3v.2" />
const RING = <circle cx="10" cy="10" r="7.5" />

// Each state has its own shape, so that color is never the only difference.
const SHAPES: Record<ShownState, ReactNode> = {
  ready: RING,
  idle: <circle cx="10" cy="10" r="7.5" strokeDasharray="2.4 2.3" />,
  queued: (
    <>
      {RING}
      <path d="M10 5.8V10l2.8 2" />
    </>
  ),
  running: null,
  paused: (
    <>
      {RING}
      <path d="M8 7v6M12 7v6" />
    </>
  ),
  retrying: <path d="M16.8 7.4A7.5 7.5 0 1 0 17.5 10M17.2 3.2v4.4h-4.4" />,
  stalled: TRIANGLE,
  none: TRIANGLE,
  finished: (
    <>
      {RING}
      {TICK}
    </>
  ),
  finished_with_gaps: (
    <>
      <circle cx="10" cy="10" r="7.5" strokeDasharray="9.7 2.1" />
      {TICK}
    </>
  ),
  ok: (
    <>
      {RING}
      {TICK}
    </>
  ),
  failed: <path d="M3 3h14v14H3zM7 7l6 6M13 7l-6 6" />,
  down: <path d="M3 3h14v14H3zM7 7l6 6M13 7l-6 6" />,
  cancelled: (
    <>
      {RING}
      <path d="M4.8 15.2L15.2 4.8" />
    </>
  ),
}

const CIRCUMFERENCE = 2 * Math.PI * 7.5

interface StateShape {
  state: ShownState
  /** Completed fraction, from 0 to 1; drawn while running. */
  fraction?: number
  /** Replaces the word of the state. */
  word?: string
}

/** A state as a shape and a word. */
export function StateMark({ state, fraction = 0, word = STATE_WORDS[state] }: StateShape) {
  return (
    <span className={`inline-flex items-center gap-1.5 ${TONE_CLASSES[STATE_TONES[state]]}`}>
      <svg
        aria-hidden="true"
        viewBox="0 0 20 20"
        className="size-4.5 shrink-0"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {state === 'running' ? <Arc fraction={fraction} /> : SHAPES[state]}
      </svg>
      <span className="font-medium">{word}</span>
    </span>
  )
}

function Arc({ fraction }: { fraction: number }) {
  return (
    <>
      <circle cx="10" cy="10" r="7.5" strokeOpacity="0.28" />
      <circle
        cx="10"
        cy="10"
        r="7.5"
        strokeWidth="2.6"
        strokeDasharray={`${Math.max(0.06, fraction) * CIRCUMFERENCE} ${CIRCUMFERENCE}`}
        transform="rotate(-90 10 10)"
      />
    </>
  )
}
