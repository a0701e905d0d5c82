/** The state of one repository's comparison. */
import { type CountedPullRequest, WIDEST_COUNT } from '#app/github/queries/verify.ts'
import { EPOCH } from '#app/sync/window/repository-syncs.ts'
import { addChecks, checksDiffer } from './checks.ts'
import { COMPARED_LISTS, type Listing } from './questions.ts'
import {
  addCompared,
  addWithheld,
  type CountedKind,
  newReport,
  type RepositoryReport,
} from './report.ts'
import type { StoredPullRequest, VerifiedRepository } from './stored.ts'

const NOT_SHOWN = 'GitHub does not show it to these credentials'
const WITHHELD: { [List in CountedKind]?: string } = {
  commits: 'the installation does not have the permission to read contents',
}

const NO_RIGHTS = 'the installation does not have the permissions to read checks and statuses'

export interface Tally {
  repository: VerifiedRepository
  report: RepositoryReport
  listing: Listing
  /** Node ids of pull requests that have changed in the meantime and are not compared. */
  changed: Set<string>
}

export function openTally(repository: VerifiedRepository): Tally {
  const { nodeId, readsCommits } = repository
  const report = newReport(repository.fullName)
  const { syncedFrom, listed: of, pullRequests: stored } = repository
  if (syncedFrom && syncedFrom > EPOCH && stored < of) report.newest = { stored, of }
  report.gaps.push(...repository.gaps.map(({ name, reason }) => ({ name, reason })))
  return {
    repository,
    report,
    listing: {
      nodeId,
      withheld: new Set(readsCommits ? [] : ['commits']),
      width: WIDEST_COUNT,
      gaps: new Set(
        repository.gaps.flatMap(({ kind, nodeId: gap }) => (kind === 'checks' ? [] : gap)),
      ),
    },
    changed: new Set(),
  }
}

/** Completes the report. */
export function closeTally({ repository, report, changed, listing }: Tally): RepositoryReport {
  for (const list of listing.withheld) addWithheld(report, list, WITHHELD[list] ?? NOT_SHOWN)
  if (!repository.readsChecks) addWithheld(report, 'checks', NO_RIGHTS)
  report.changedSince = changed.size
  return report
}

/**
 * `changed`: on GitHub since it was read. `outside`: not in the synced window. `suspect`: to be read again.
 */
export type DifferenceVerdict = 'equal' | 'changed' | 'outside' | 'suspect'

/**
 * Compares a pull request on GitHub with its stored row, which was read before or after. GitHub's times have
 * a resolution of one second, so a missing pull request at either boundary of the window cannot be judged.
 */
export function judgeDifference(
  { repository, changed }: Tally,
  node: CountedPullRequest,
  stored: StoredPullRequest | undefined,
): DifferenceVerdict {
  const updatedAt = new Date(node.updatedAt)
  const { syncedFrom, syncedUntil } = repository
  if (changed.has(node.id)) return 'changed'
  if (stored?.beingRead) return 'changed'
  if (stored && updatedAt > stored.updatedAt)
    // A change within the window should already be in the tables.
    return syncedUntil && updatedAt < syncedUntil ? 'suspect' : 'changed'
  if (stored) return differs(node, stored) ? 'suspect' : 'equal'
  if (syncedUntil && updatedAt >= syncedUntil) return 'changed'
  return syncedFrom && updatedAt <= syncedFrom ? 'outside' : 'suspect'
}

function differs(node: CountedPullRequest, stored: StoredPullRequest): boolean {
  const lists = COMPARED_LISTS.some((list) => node[list] && node[list].totalCount !== stored[list])
  return lists || filesDiffer(node, stored) || checksDiffer(node, stored.checks)
}

function filesDiffer({ changedFiles }: CountedPullRequest, { files }: StoredPullRequest): boolean {
  return files !== null && changedFiles !== undefined && changedFiles !== files
}

/** Adds a pull request that exists on GitHub, whether or not it is stored. */
export function addPullRequest(
  { report }: Tally,
  node: CountedPullRequest,
  stored: StoredPullRequest | undefined,
): void {
  const name = countedName(report, node.number)
  const isStale = stored && new Date(node.updatedAt) > stored.updatedAt
  const here = stored && !isStale ? 1 : 0
  const reason = isStale
    ? 'the stored row is older than the synced window says'
    : 'it is not stored'
  addCompared(report, { kind: 'pullRequests', name, github: 1, stored: here, reason })
  if (!stored) return
  for (const list of COMPARED_LISTS) {
    const count = node[list]
    if (count)
      addCompared(report, { kind: list, name, github: count.totalCount, stored: stored[list] })
    else if (count === null) addWithheld(report, list, NOT_SHOWN)
  }
  addChecks(report, { node, stored: stored.checks, name })
  if (stored.files !== null && node.changedFiles !== undefined)
    addCompared(report, { kind: 'files', name, github: node.changedFiles, stored: stored.files })
}

/** Adds an object that is stored but no longer on GitHub. */
export function addDeleted(
  { report }: Tally,
  missing: { kind: CountedKind; name: string; stored: number },
): void {
  addCompared(report, { ...missing, github: 0, reason: 'it was deleted on GitHub' })
}

export function countedName({ repository }: RepositoryReport, number: number): string {
  return `${repository}#${number}`
}
