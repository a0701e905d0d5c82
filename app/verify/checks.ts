/**
 * Compares the number of checks of a head. A new check does not change when GitHub says that the pull request was
 * updated, so a list of another head or with another roll-up has changed since, and one that is due is known to.
 */
import type { CountedPullRequest } from '#app/github/queries/verify.ts'
import { addCompared, addWithheld, type RepositoryReport } from './report.ts'

/** The stored list of the checks of a pull request. */
export interface StoredChecks {
  /** Null until the list was read. */
  headOid: string | null
  rollupState: string | null
  count: number
  /** Why checks are missing; null if none is. */
  reason: string | null
  isDue: boolean
}

const NOT_READ = 'the checks of some pull requests are not read yet'

/** Returns both counts; null if the list has changed since, or is known to lack checks. */
function countsOf(
  { headRefOid, statusCheckRollup }: CountedPullRequest,
  stored: StoredChecks | null,
): { github: number; stored: number } | null {
  if (!statusCheckRollup || !stored || stored.isDue || stored.reason !== null) return null
  const isSame = stored.headOid === headRefOid && stored.rollupState === statusCheckRollup.state
  return isSame ? { github: statusCheckRollup.contexts.totalCount, stored: stored.count } : null
}

export function checksDiffer(node: CountedPullRequest, stored: StoredChecks | null): boolean {
  const counts = countsOf(node, stored)
  return counts !== null && counts.github !== counts.stored
}

/** Adds the checks of a pull request to the report. @param name of the pull request. */
export function addChecks(
  report: RepositoryReport,
  { node, stored, name }: { node: CountedPullRequest; stored: StoredChecks | null; name: string },
): void {
  const counts = countsOf(node, stored)
  if (counts) addCompared(report, { kind: 'checks', name, ...counts })
  else if (node.statusCheckRollup && !stored?.headOid) addWithheld(report, 'checks', NOT_READ)
  else if (stored?.reason) addWithheld(report, 'checks', stored.reason)
}
