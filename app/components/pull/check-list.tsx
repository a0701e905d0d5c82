import type { ReactNode } from 'react'
import { CHECK_OUTCOMES, type CheckOutcome, outcomeOf } from '#app/archive/check-outcome.ts'
import type { Check, ListCompleteness, PullFactsJson } from '#app/archive/pull-shapes.ts'
import { Moment } from '../elements/moment.tsx'
import { OutwardLink } from '../elements/outward-link.tsx'
import { ShapeAndWord } from '../elements/pull-mark.tsx'
import type { Tone } from '../elements/states.ts'
import { countText, pluralText } from '../elements/time-text.ts'

type Rollup = NonNullable<PullFactsJson['statusCheckRollup']>

interface Checks {
  rollup: Rollup | null
  completeness: ListCompleteness
}

/** The checks of the head: their number and outcomes, and in a list each of them. */
export function CheckList({ rollup, completeness, now }: Checks & { now: string }) {
  const { state, reason } = completeness
  if (!rollup && state === 'complete') return null
  if (!rollup?.contexts)
    return <p className="mt-4 text-[0.9375rem] text-warn">{sentenceOf(rollup, reason)}</p>
  const checks = rollup.contexts
  return (
    <details className="mt-4 text-[0.9375rem]">
      <summary className="w-fit cursor-pointer font-medium">{summaryOf(checks)}</summary>
      <ul className="mt-2 grid gap-y-1">
        {CHECK_OUTCOMES.flatMap((outcome) =>
          checks
            .filter((check) => outcomeOf(check) === outcome)
            .map((check, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two checks can have the same name, and none moves.
              <CheckRow key={`${outcome} ${index}`} check={check} />
            )),
        )}
      </ul>
      <p className="mt-2 text-soft">
        {rollup.readAt && (
          <>
            As of <Moment at={rollup.readAt} now={now} />.
          </>
        )}{' '}
        {reason && <span className="text-warn">{upper(reason)}.</span>}
      </p>
    </details>
  )
}

function sentenceOf(rollup: Rollup | null, reason: string | undefined): string {
  const roll = rollup ? ` (${rollup.state.toLowerCase()} in all)` : ''
  return `Checks${roll}: ${reason ?? 'not read yet'}.`
}

/** `12 checks: 1 failed, 11 passed`. */
function summaryOf(checks: Check[]): string {
  const counts = CHECK_OUTCOMES.map((outcome) => {
    const count = checks.filter((check) => outcomeOf(check) === outcome).length
    return count > 0 ? `${countText(count)} ${outcome}` : null
  })
  const named = counts.filter((count) => count !== null).join(', ')
  return named ? `${pluralText(checks.length, 'check')}: ${named}` : 'No checks'
}

function CheckRow({ check }: { check: Check }) {
  const outcome = outcomeOf(check)
  const isRun = check.__typename === 'CheckRun'
  const more = isRun ? check.app : check.description
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 wrap-anywhere">
      <ShapeAndWord shape={SHAPES[outcome]} word={outcome} tone={TONES[outcome]} />
      <OutwardLink href={(isRun ? check.detailsUrl : check.targetUrl) ?? ''}>
        <bdi>{isRun ? check.name : check.context}</bdi>
      </OutwardLink>
      {more && (
        <span className="text-soft">
          <bdi>{more}</bdi>
        </span>
      )}
    </li>
  )
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const TONES: Record<CheckOutcome, Tone> = {
  failed: 'bad',
  pending: 'active',
  cancelled: 'plain',
  passed: 'good',
  skipped: 'plain',
}

const CIRCLE = <circle cx="10" cy="10" r="7.5" />

const SHAPES: Record<CheckOutcome, ReactNode> = {
  failed: (
    <>
      {CIRCLE}
      <path d="M7 7l6 6M13 7l-6 6" />
    </>
  ),
  pending: (
    <>
      {CIRCLE}
      <path d="M10 5.5V10l3 2" />
    </>
  ),
  cancelled: (
    <>
      {CIRCLE}
      <path d="M5 15L15 5" />
    </>
  ),
  passed: (
    <>
      {CIRCLE}
      <path d="M6.5 10.5l2.5 2.5 4.5-5.5" />
    </>
  ),
  skipped: (
    <>
      {CIRCLE}
      <path d="M6.5 10h7" />
    </>
  ),
}
