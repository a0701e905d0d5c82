import { pullStateOf } from '#app/archive/pull-state.ts'
import type { PullRequestHit } from '#app/search/present/answer.ts'
import { Day } from '../elements/moment.tsx'
import { PullMark } from '../elements/pull-mark.tsx'
import { pullAddress } from '../search/search-address.ts'

/** Pull requests, one in a row. */
export function PullList({ pulls, now }: { pulls: PullRequestHit[]; now: string }) {
  return (
    <ol data-walks="" className="divide-y divide-line rounded-lg border border-line bg-surface">
      {pulls.map((pull) => (
        <li key={pull.url} className="px-4 py-3 sm:px-5">
          <p className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
            <a
              data-walk=""
              href={pullAddress(pull.repository, pull.number)}
              className="font-medium wrap-anywhere underline-offset-4 hover:underline"
            >
              {pull.title}
            </a>
            {pull.labels.map((label) => (
              <span key={label} className="rounded-full border border-line px-2 text-sm text-soft">
                {label}
              </span>
            ))}
          </p>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm text-soft">
            <PullMark state={pullStateOf(pull)} />
            <span className="wrap-anywhere">
              {pull.repository}#{pull.number}
            </span>
            <span>
              {pull.author ?? 'a deleted user'}, opened <Day at={pull.createdAt} now={now} />,
              updated <Day at={pull.updatedAt} now={now} />
            </span>
          </p>
        </li>
      ))}
    </ol>
  )
}
