import type { MergeMethod } from '../git/merge-commits.ts'
import { addSeconds } from '../world/clock.ts'

export const ORGANISATION = 'saltmarsh'

/** Author, hours after the opening, text. */
type Authored = readonly [who: string, hours: number, text: string]

type Opinion = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'

export type DemoPull = {
  number: number
  title: string
  by: string | null
  /** Date of the opening. */
  on: string
  body: string
  branch: string
  /** Messages of the commits, in order. Their code is in `code/`. */
  commits: readonly string[]
  labels?: readonly string[]
  milestone?: string
  closes?: readonly number[]
  assignees?: readonly string[]
  says?: readonly Authored[]
  reviews?: readonly (readonly [who: string, hours: number, opinion: Opinion, text: string])[]
  /** Path, line of the diff, and comments. A line that a later commit changed makes the thread outdated. */
  threads?: readonly {
    path: string
    code: string
    says: readonly Authored[]
    unresolved?: true
  }[]
  /** Merged by, and hours after the opening; if absent, see `ends`. */
  merged?: readonly [who: string, hours: number]
  /** If absent, as the repository does. */
  method?: MergeMethod
  ends?: 'OPEN' | 'DRAFT' | 'CLOSED'
  checks?: 'SUCCESS' | 'FAILURE' | 'PENDING'
}

export type DemoIssue = readonly [
  number: number,
  title: string,
  by: string,
  on: string,
  body: string,
]

export type DemoRepository = {
  name: string
  description: string
  language: string
  topics: readonly string[]
  isPrivate?: true
  method: MergeMethod
  milestones: readonly string[]
  issues: readonly DemoIssue[]
  pulls: readonly DemoPull[]
}

/** Returns the moment so many hours after the opening. */
export function at(pull: DemoPull, hours: number): string {
  return addSeconds(`${pull.on}T09:00:00Z`, Math.round(hours * 3600))
}

function lastHour(pull: DemoPull): number {
  const said = [...(pull.says ?? []), ...(pull.reviews ?? [])]
  const threads = pull.threads?.flatMap((thread) => thread.says) ?? []
  return Math.max(0, ...[...said, ...threads].map(([, hours]) => hours))
}

/** Returns when it was merged or closed; null while it is open. */
export function endOf(pull: DemoPull): string | null {
  if (pull.merged) return at(pull, pull.merged[1])
  return pull.ends === 'CLOSED' ? at(pull, lastHour(pull) + 1) : null
}

/** Returns the moment of the latest activity. */
export function lastMoment(pull: DemoPull): string {
  const hours = lastHour(pull) + (endOf(pull) ? 1 : 0)
  return at(pull, Math.max(hours, pull.merged?.[1] ?? 0))
}
