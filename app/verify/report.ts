/** What `whence verify` finds out, and how it adds up. */

/** What is counted; a difference is of one of these, or of a whole repository. */
export const COUNTED = [
  'pullRequests',
  'commits',
  'reviews',
  'comments',
  'reviewThreads',
  'reviewComments',
] as const
export type Counted = (typeof COUNTED)[number]

export interface BothSides {
  github: number
  stored: number
}

interface Difference extends BothSides {
  kind: Counted | 'repository'
  /** `owner/name#number`; of a thread with its id. */
  name: string
  reason: string
}

/**
 * Of one repository: the pull requests of its synced window that were compared. Those that changed on
 * GitHub since they were read, and gaps, are in no count: so both sides are equal where nothing differs.
 */
export interface RepositoryReport extends Record<Counted, BothSides> {
  repository: string
  /** Where the window leaves older pull requests out. */
  newest: { stored: number; of: number } | null
  changedSince: number
  gaps: { name: string; reason: string }[]
  differences: Difference[]
}

export interface Verification {
  repositories: RepositoryReport[]
  /** No difference but named gaps. */
  complete: boolean
  /** What it cost. */
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
    newest: null,
    changedSince: 0,
    gaps: [],
    differences: [],
  }
}

/** Adds what was compared to the counts, and where the sides differ to the differences. */
export function addCompared(
  report: RepositoryReport,
  compared: BothSides & { kind: Counted; name: string; reason?: string },
): void {
  const { kind, name, github, stored, reason = 'the counts differ' } = compared
  report[kind].github += github
  report[kind].stored += stored
  if (github !== stored) report.differences.push({ kind, name, github, stored, reason })
}

/** Names a list that GitHub withholds, once: it could not be compared. */
export function addWithheld(report: RepositoryReport, list: Counted, reason: string): void {
  const name = `${report.repository}: ${list}`
  if (!report.gaps.some((gap) => gap.name === name)) report.gaps.push({ name, reason })
}
