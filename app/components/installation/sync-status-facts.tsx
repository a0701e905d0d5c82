import type { ReactNode } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import type { SyncStatus, SyncStatusBudget } from '#app/sync/status/sync-status.ts'
import { Ago, Moment } from '../elements/moment.tsx'
import { countText, pluralText } from '../elements/time-text.ts'
import { ScheduleForm } from '../jobs/job-actions.tsx'

const RESOURCES = { graphql: 'GraphQL', core: 'REST' } as const

interface Facts {
  syncStatus: SyncStatus
  job: Job | undefined
  /** Points that the rest of the run will take, about; null if no run tells. */
  pointsToCome: number | null
  now: string
}

/** Facts about an installation that do not depend on the state of its job. */
export function SyncStatusFacts({ syncStatus, job, pointsToCome, now }: Facts) {
  const { installationId, account, schedulesPaused, nextRuns, budgets, limited, gaps } = syncStatus
  return (
    <div className="border-t border-line px-4 py-4 text-[0.9375rem] sm:px-5">
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-3">
        <Fact name="Last activity">
          {job?.lastActivityAt ? <Ago at={job.lastActivityAt} now={now} /> : 'none yet'}
          {job?.lastSyncAt && (
            <span className="block text-soft">
              complete as of <Moment at={job.lastSyncAt} now={now} />
            </span>
          )}
        </Fact>
        <Fact name="Next syncs">
          {schedulesPaused && <span className="text-warn">schedules are paused by hand</span>}
          {!schedulesPaused && nextRuns.length === 0 && 'none scheduled'}
          {nextRuns.map(({ mode, at }) => (
            <span key={mode} className="block">
              {mode}: {at ? <Moment at={at} now={now} /> : 'off'}
            </span>
          ))}
          {syncStatus.active && (schedulesPaused || nextRuns.length > 0) && (
            <ScheduleForm {...{ installationId, account, isPaused: schedulesPaused }} />
          )}
        </Fact>
        <Fact name="GitHub rate limit">
          {budgets.length === 0 && 'not known yet'}
          {budgets.map((budget) => (
            <BudgetLine
              key={budget.resource}
              budget={budget}
              pointsToCome={budget.resource === 'graphql' ? pointsToCome : null}
              now={now}
            />
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

interface Line extends Pick<Facts, 'pointsToCome' | 'now'> {
  budget: SyncStatusBudget
}

function BudgetLine({ budget, pointsToCome, now }: Line) {
  const { resource, limit, remaining, resetAt, pausedUntil, reason, detail } = budget
  return (
    <span className="block not-first:mt-1.5">
      {RESOURCES[resource]}:{' '}
      {remaining === null
        ? 'no limit'
        : `${countText(remaining)}${limit === null ? '' : ` of ${countText(limit)}`} left`}
      {remaining !== null && limit !== null && <Gauge left={remaining} limit={limit} />}
      {pointsToCome !== null && pointsToCome > 0 && (
        <span className="block text-soft">
          this run needs about {countText(pointsToCome)} more
          {remaining !== null && pointsToCome > remaining && ', so it will wait for a reset'}
        </span>
      )}
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

function Gauge({ left, limit }: { left: number; limit: number }) {
  const share = Math.min(1, left / Math.max(1, limit))
  return (
    <svg
      aria-hidden="true"
      className="my-1 block h-1.5 w-full max-w-44 rounded-full"
      preserveAspectRatio="none"
    >
      <rect width="100%" height="100%" className="fill-sunken" />
      <rect
        width={`${share * 100}%`}
        height="100%"
        className={share < 0.1 ? 'fill-warn' : 'fill-accent'}
      />
    </svg>
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
