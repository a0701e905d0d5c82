/** The result of `whence verify`, and how it is accumulated. */

/** Kinds of objects that are counted; a difference concerns one of these or a whole repository. */
export const COUNTED_KINDS = [
  'pullRequests',
  'commits',
  'reviews',
  'comments',
  'reviewThreads',
  'reviewComments',
  'checks',
  'files',
] as const
export type CountedKind = (typeof COUNTED_KINDS)[number]

export interface BothSides {
  github: number
  stored: number
}

interface Difference extends BothSides {
  kind: CountedKind | 'repository'
  /** `owner/name#number`; for a thread, followed by its id. */
  name: string
  reason: string
}

/**
 * Counts for one repository: the compared pull requests of its synced window. Gaps and pull requests that
 * changed on GitHub since they were read are excluded, so the two sides are equal unless something differs.
 */
export interface RepositoryReport extends Record<CountedKind, BothSides> {
  repository: string
  /** Null unless the synced window excludes older pull requests. */
  newest: { stored: number; of: number } | null
  changedSince: number
  gaps: { name: string; reason: string }[]
  differences: Difference[]
}

export interface Verification {
  repositories: RepositoryReport[]
  /** Granted repositories that could never be read, so that nothing of them is stored. */
  unread: { repository: string; reason: string }[]
  /** True if every granted repository was read and nothing differs except known gaps. */
  complete: boolean
  /** Points spent at GitHub. */
  points: number
}

export function newReport(repository: string): RepositoryReport {
  const none = () => ({ github: 0, stored: 0 })
  return {
    repository,
    pullRequests: none(),
    commits: none(),
    reviews: none(),
    comments: none(),
    reviewThreads: none(),
    reviewComments: none(),
    checks: none(),
    files: none(),
    newest: null,
    changedSince: 0,
    gaps: [],
    differences: [],
  }
}

/** Adds both sides to the counts and records a difference if they are not equal. */
export function addCompared(
  report: RepositoryReport,
  compared: BothSides & { kind: CountedKind; name: string; reason?: string },
): void {
  const { kind, name, github, stored, reason = 'the counts differ' } = compared
  report[kind].github += github
  report[kind].stored += stored
  if (github !== stored) report.differences.push({ kind, name, github, stored, reason })
}

/** Records, once, a list that GitHub withholds and that therefore could not be compared. */
export function addWithheld(report: RepositoryReport, list: CountedKind, reason: string): void {
  const name = `${report.repository}: ${list}`
  if (!report.gaps.some((gap) => gap.name === name)) report.gaps.push({ name, reason })
}
