import type { ListCompleteness } from '#app/archive/pull-shapes.ts'
import { Moment } from '../elements/moment.tsx'
import { countText } from '../elements/time-text.ts'

export interface CompletenessTable {
  lists: Record<string, ListCompleteness>
  isComplete: boolean
  checkedAt: string | null
}

const NAMES: Record<string, string> = {
  commits: 'commits',
  reviews: 'reviews',
  reviewThreads: 'review threads',
  reviewComments: 'review comments',
  comments: 'comments',
  labels: 'labels',
  assignees: 'assignees',
  closingIssuesReferences: 'closing issues',
  checks: 'checks',
  files: 'changed files',
}

/** Compares each list with GitHub's own count at the time it was last read in full. */
export function CompletenessTable({
  lists,
  isComplete,
  checkedAt,
  now,
}: CompletenessTable & { now: string }) {
  const names = Object.keys(NAMES).filter((name) => lists[name])
  return (
    <details className="mt-4 text-[0.9375rem]" open={checkedAt !== null && !isComplete}>
      <summary className="w-fit cursor-pointer">
        <ListVerdict isComplete={isComplete} checkedAt={checkedAt} now={now} />
      </summary>
      <ul className="mt-2 grid gap-x-6 gap-y-1 min-[28rem]:grid-cols-2">
        {names.map((name) => {
          const { total, stored, state, reason } = lists[name] as ListCompleteness
          return (
            <li key={name}>
              {NAMES[name]}{' '}
              {total === null
                ? `${stored === null ? '' : countText(stored)}`
                : `${countText(stored ?? 0)} of ${countText(total)}`}{' '}
              <span className={state === 'complete' ? 'text-soft' : 'text-warn'}>
                {state}
                {reason && `: ${reason}`}
              </span>
            </li>
          )
        })}
      </ul>
      <p className="mt-2 text-soft">
        Whether a thread is resolved is also as of then: GitHub does not report that change.
      </p>
    </details>
  )
}

function ListVerdict({
  isComplete,
  checkedAt,
  now,
}: Omit<CompletenessTable, 'lists'> & { now: string }) {
  if (checkedAt === null)
    return <span className="font-medium text-warn">Not fully read yet: parts may be missing</span>
  return (
    <>
      <span className={`font-medium ${isComplete ? 'text-ok' : 'text-warn'}`}>
        {isComplete ? 'Complete' : 'Incomplete'}
      </span>{' '}
      as of <Moment at={checkedAt} now={now} />
    </>
  )
}
