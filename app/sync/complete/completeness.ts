import type { Totals } from '../window/snapshots.ts'

export type ListName = Exclude<keyof Totals, 'reasons'>

/** Completeness of one list of a pull request. */
export interface ListState {
  /** GitHub's count; null if GitHub withholds the list. */
  total: number | null
  stored: number
  state: 'complete' | 'incomplete' | 'unknown'
  reason?: string
  /**
   * True after GitHub returned an empty list once; the stored rows stay until a second reading confirms it.
   */
  suspect?: true
  /** True if the rows are missing for a reason that reading again does not change. */
  settled?: true
  /** Changed files only: where the list is from, and the head that it is of. */
  source?: 'git' | 'github'
  head?: string
}

export type Completeness = Partial<Record<ListName, ListState>>

/** Row counts of one list: rows of this snapshot or a later one, and rows that only an earlier one had. */
export interface Counts {
  read: number
  older: number
}

export interface Judgement {
  lists: Record<ListName, ListState>
  /** True if everything that GitHub gives access to is stored. */
  isComplete: boolean
  /** Description of what is missing, such as `4 of 5 reviews`; empty if nothing is. */
  message: string
  /** Complete lists; rows that only an earlier snapshot had no longer exist on GitHub. */
  complete: Set<ListName>
}

const NOUNS: Record<ListName, string> = {
  labels: 'labels',
  assignees: 'assignees',
  closingIssues: 'closing issues',
  commits: 'commits',
  reviews: 'reviews',
  comments: 'comments',
  reviewThreads: 'review threads',
  reviewComments: 'review comments',
  files: 'changed files',
}
const COUNTED_LISTS = Object.keys(NOUNS) as ListName[]

/** https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request */
const MOST_COMMITS = 250

/** https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
const MOST_FILES = 3_000

const LIMITS: Partial<Record<ListName, number>> = { commits: MOST_COMMITS, files: MOST_FILES }

const WITHHELD = 'GitHub withholds this list because a permission is missing'
const NOT_REQUESTED = 'Whence has not requested this list from GitHub'

/**
 * Compares the stored rows of a complete snapshot with GitHub's own counts. A surplus is no error, because
 * rows may have been added while the pull request was read.
 *
 * @param before result of the previous comparison.
 */
export function judgeLists(
  totals: Totals,
  counts: Record<ListName, Counts>,
  { before, current }: { before: Completeness; current: Changes },
): Judgement {
  const judge = (list: ListName) =>
    explained(judgeList(list, totals[list] ?? null, counts[list], before[list]), totals, list)
  const files = judgeFiles(judge('files'), { totals, before, current })
  const states = COUNTED_LISTS.map(
    (list) => [list, list === 'files' ? files : judge(list)] as const,
  )
  const missing = states.filter(([, { state, settled }]) => state === 'incomplete' && !settled)
  return {
    lists: Object.fromEntries(states) as Judgement['lists'],
    isComplete: missing.length === 0,
    message: missing.map(([, { reason }]) => reason).join(', '),
    complete: new Set(states.flatMap(([list, { state }]) => (state === 'complete' ? list : []))),
  }
}

/** What a list of changed files is of: another head or another number of files makes it outdated. */
export interface Changes {
  head: string
  changedFiles: number
}

/**
 * True if the stored list of changed files stays: it is of these changes, and GitHub was not asked for them, or
 * git has listed them, which nothing that GitHub lists is better than.
 */
export function keepsFiles({ files }: Completeness, totals: Totals, current: Changes): boolean {
  if (files?.head !== current.head || files.total !== current.changedFiles) return false
  return files.source === 'git' || totals.files === undefined
}

function judgeFiles(
  judged: ListState,
  { totals, before, current }: { totals: Totals; before: Completeness; current: Changes },
): ListState {
  if (before.files && keepsFiles(before, totals, current)) return before.files
  if (totals.files !== undefined) return { ...judged, source: 'github', head: current.head }
  const { source, head } = before.files ?? {}
  return { ...judged, reason: NOT_REQUESTED, ...(source && head && { source, head }) }
}

/**
 * Judges a list of which everything that GitHub lists was read. GitHub lists no more than 250 commits and
 * 3,000 changed files; of another list, a second reading with the same numbers shows that it counts more than it lists.
 */
function shortOf(
  list: ListName,
  { total, read }: { total: number; read: number },
  before: ListState | undefined,
): ListState {
  const state = { total, stored: read, state: 'incomplete' } as const
  const short = `${read} of ${total} ${NOUNS[list]}`
  if (read === LIMITS[list])
    return { ...state, reason: `${short}: GitHub lists no more`, settled: true }
  const isRepeated = before?.state === 'incomplete' && before.total === total
  if (isRepeated && before.stored === read)
    return { ...state, reason: `${short}: GitHub counts more than it lists`, settled: true }
  return { ...state, reason: short }
}

/** Settles an incomplete list if GitHub has said why it is. */
function explained(state: ListState, { reasons }: Totals, list: ListName): ListState {
  const reason = reasons?.[list]
  return reason && state.state === 'incomplete' ? { ...state, reason, settled: true } : state
}

function judgeList(
  list: ListName,
  total: number | null,
  { read, older }: Counts,
  before: ListState | undefined,
): ListState {
  if (total === null) return { total, stored: read + older, state: 'unknown', reason: WITHHELD }
  if (read < total) return shortOf(list, { total, read }, before)
  if (total === 0 && read === 0 && older > 0 && !before?.suspect)
    return {
      total,
      stored: older,
      state: 'incomplete',
      reason: `GitHub returned ${older} ${NOUNS[list]} before but none now, so the list is read again`,
      suspect: true,
    }
  return { total, stored: read, state: 'complete' }
}
