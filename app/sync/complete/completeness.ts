import type { Totals } from '../window/snapshots.ts'

export type ListName = keyof Totals

/** What is known of one list of a pull request. */
interface ListState {
  /** GitHub's count; null where it withholds the list. */
  total: number | null
  stored: number
  state: 'complete' | 'incomplete' | 'unknown'
  reason?: string
  /** GitHub told an empty list for the first time: what is stored stays until it says so again. */
  suspect?: true
}

export type Completeness = Partial<Record<ListName, ListState>>

/** Rows of one list: those of this snapshot (or a later one), and those that only an earlier one had. */
export interface Counts {
  read: number
  older: number
}

export interface Judgement {
  lists: Record<ListName, ListState>
  /** Whether nothing is lacking that GitHub gives. */
  isComplete: boolean
  /** What is lacking, e.g. `4 of 5 reviews`; empty when nothing is. */
  message: string
  /** Lists that came whole: what only an earlier snapshot had is not on GitHub any more. */
  whole: Set<ListName>
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
}
const LISTS = Object.keys(NOUNS) as ListName[]

const WITHHELD = 'GitHub withholds this list because a permission is missing'

/**
 * Holds what was stored of a complete snapshot against GitHub's own counts. More rows than that are no
 * fault: some came while the pull request was being read.
 *
 * @param before as it was judged last.
 */
export function judgeLists(
  totals: Totals,
  counts: Record<ListName, Counts>,
  before: Completeness,
): Judgement {
  const states = LISTS.map(
    (list) => [list, judge(list, totals[list] ?? null, counts[list], before[list])] as const,
  )
  const lacking = states.filter(([, { state }]) => state === 'incomplete')
  return {
    lists: Object.fromEntries(states) as Judgement['lists'],
    isComplete: lacking.length === 0,
    message: lacking.map(([, { reason }]) => reason).join(', '),
    whole: new Set(states.flatMap(([list, { state }]) => (state === 'complete' ? list : []))),
  }
}

function judge(
  list: ListName,
  total: number | null,
  { read, older }: Counts,
  before: ListState | undefined,
): ListState {
  if (total === null) return { total, stored: read + older, state: 'unknown', reason: WITHHELD }
  if (read < total)
    return {
      total,
      stored: read,
      state: 'incomplete',
      reason: `${read} of ${total} ${NOUNS[list]}`,
    }
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
