import type { Check } from './pull-shapes.ts'

/** What became of a check, in a word; the order is that of interest. */
export const CHECK_OUTCOMES = ['failed', 'pending', 'cancelled', 'passed', 'skipped'] as const
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number]

/** By conclusion of a check run, or state of a status; what GitHub adds later counts as failed, so that it is seen. */
const OUTCOMES: Record<string, CheckOutcome> = {
  SUCCESS: 'passed',
  NEUTRAL: 'skipped',
  SKIPPED: 'skipped',
  STALE: 'skipped',
  CANCELLED: 'cancelled',
  PENDING: 'pending',
  EXPECTED: 'pending',
}

export function outcomeOf(check: Check): CheckOutcome {
  const state = check.__typename === 'CheckRun' ? check.conclusion : check.state
  return state === null ? 'pending' : (OUTCOMES[state] ?? 'failed')
}
