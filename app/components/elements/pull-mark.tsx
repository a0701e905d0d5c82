import type { ReactNode } from 'react'
import type { PullState } from '#app/archive/pull-state.ts'
import { TONE_CLASSES, type Tone } from './states.ts'

const TONES: Record<PullState, Tone> = {
  open: 'good',
  draft: 'plain',
  merged: 'active',
  'merged by Bors': 'active',
  closed: 'bad',
}

const FORK = (
  <>
    <circle cx="5.5" cy="4.5" r="2" />
    <circle cx="5.5" cy="15.5" r="2" />
    <path d="M5.5 6.5v7" />
  </>
)

const MERGED = (
  <>
    {FORK}
    <circle cx="14.5" cy="10" r="2" />
    <path d="M5.5 6.5c.4 2.4 3 3.5 7 3.5" />
  </>
)

// Each state has its own shape, so that color is never the only difference.
const SHAPES: Record<PullState, ReactNode> = {
  open: (
    <>
      {FORK}
      <circle cx="14.5" cy="15.5" r="2" />
      <path d="M14.5 13.5V8a3 3 0 0 0-3-3H10M12 2.5L9.5 5 12 7.5" />
    </>
  ),
  draft: (
    <>
      {FORK}
      <circle cx="14.5" cy="15.5" r="2" />
      <path d="M14.5 4.5v.2M14.5 9v.2" strokeWidth="2.6" />
    </>
  ),
  merged: MERGED,
  'merged by Bors': MERGED,
  closed: (
    <>
      {FORK}
      <circle cx="14.5" cy="15.5" r="2" />
      <path d="M14.5 13.5V9M12.3 2.8l4.4 4.4M16.7 2.8l-4.4 4.4" />
    </>
  ),
}

export function PullMark({ state }: { state: PullState }) {
  return <ShapeAndWord shape={SHAPES[state]} word={state} tone={TONES[state]} />
}

export function RepositoryMark() {
  const shape = <path d="M4.5 15.5v-11a2 2 0 0 1 2-2h9v12h-9a2 2 0 0 0 0 3h9v-3M8.5 6h4" />
  return <ShapeAndWord shape={shape} word="repository" tone="plain" />
}

export function ShapeAndWord({
  shape,
  word,
  tone,
}: {
  shape: ReactNode
  word: string
  tone: Tone
}) {
  return (
    <span className={`inline-flex items-center gap-1.5 ${TONE_CLASSES[tone]}`}>
      <svg
        aria-hidden="true"
        viewBox="0 0 20 20"
        className="size-4.5 shrink-0"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {shape}
      </svg>
      <span className="font-medium">{word}</span>
    </span>
  )
}
