import type { ReactNode } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import type { SyncStatus, SyncStatusBudget } from '#app/sync/status/sync-status.ts'
import { Ago, Moment } from '../elements/moment.tsx'
import { countText, pluralText } from '../elements/time-text.ts'

const RESOURCES = { graphql: 'GraphQL', core: 'REST' } as const

interface Facts {
  syncStatus: SyncStatus
  job: Job | undefined
  now: string
}

/** Facts about an installation that do not depend on the state of its job. */
export function SyncStatusFacts({ syncStatus, job, now }: Facts) {
  const { nextRuns, budgets, limited, gaps } = syncStatus
  return (
    <div className="border-t border-line px-4 py-4 text-[0.9375rem] sm:px-5">
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-3">
        <Fact name="Last activity">
          {job?.lastActivityAt ? <Ago at={job.lastActivityAt} now={now} /> : 'none yet'}
          {job?.currentItem && (
            <span className="block text-soft">current item: {job.currentItem}</span>
          )}
          {job?.lastSyncAt && (
            <span className="block text-soft">
              complete as of <Moment at={job.lastSyncAt} now={now} />
            </span>
          )}
        </Fact>
        <Fact name="Next syncs">
          {nextRuns.length === 0 && 'none scheduled'}
          {nextRuns.map(({ mode, at }) => (
            <span key={mode} className="block">
              {mode}: {at ? <Moment at={at} now={now} /> : 'off'}
            </span>
          ))}
        </Fact>
        <Fact name="GitHub rate limit">
          {budgets.length === 0 && 'not known yet'}
          {budgets.map((budget) => (
            <BudgetLine key={budget.resource} budget={budget} now={now} />
          ))}
        </Fact>
      </dl>
      <Limited limited={limited} />
      <Gaps gaps={gaps} now={now} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function BudgetLine({ budget, now }: { budget: SyncStatusBudget; now: string }) {
  const { resource, limit, remaining, resetAt, pausedUntil, reason, detail } = budget
  return (
    <span className="block">
      {RESOURCES[resource]}:{' '}
      {remaining === null
        ? 'no limit'
        : `${countText(remaining)}${limit === null ? '' : ` of ${countText(limit)}`} left`}
      {pausedUntil ? (
        <span className="block text-warn">
          paused until <Moment at={pausedUntil} now={now} />
          {reason && `: ${reason}`}
          {detail && <span className="block text-sm text-soft">GitHub answered: {detail}</span>}
        </span>
      ) : (
        resetAt && (
          <span className="block text-soft">
            resets <Ago at={resetAt} now={now} />
          </span>
        )
      )}
    </span>
  )
}

function Limited({ limited }: { limited: SyncStatus['limited'] }) {
  if (limited.all === 0) return null
  const more = limited.all - limited.first.length
  return (
    <details className="mt-3">
      <summary className="w-fit cursor-pointer font-medium">
        {pluralText(limited.all, 'repository', 'repositories')} with only the newest pull requests
      </summary>
      <ul className="mt-2 space-y-1">
        {limited.first.map(({ repository, stored, github }) => (
          <li key={repository}>
            <code>{repository}</code>{' '}
            <span className="text-soft">
              newest {countText(stored)} of {countText(github)}
            </span>
          </li>
        ))}
        {more > 0 && <li className="text-soft">and {countText(more)} more</li>}
      </ul>
    </details>
  )
}

function Gaps({ gaps, now }: { gaps: SyncStatus['gaps']; now: string }) {
  if (gaps.all === 0) return null
  const more = gaps.all - gaps.first.length
  return (
    <details className="mt-3">
      <summary className="w-fit cursor-pointer font-medium text-warn">
        {pluralText(gaps.all, 'gap')}: what GitHub did not return
      </summary>
      <ul className="mt-2 space-y-1.5">
        {gaps.first.map(({ name, reason, nextTryAt }) => (
          <li key={`${name}/${reason}`}>
            <code>{name}</code>{' '}
            <span className="text-soft">
              {reason}; next attempt <Ago at={nextTryAt} now={now} />
            </span>
          </li>
        ))}
        {more > 0 && <li className="text-soft">and {countText(more)} more</li>}
      </ul>
    </details>
  )
}
