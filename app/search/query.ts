/** A query taken apart: what `parse-query.ts` makes of what somebody typed. */
import type { PassageKind } from './answer.ts'

/** A word (or something that holds several: a path, an identifier), or a phrase between quotes. */
export interface Term {
  kind: 'word' | 'phrase'
  text: string
}

/** A moment of time, or a span of them; `from` is inclusive, `until` is exclusive; null is open. */
export interface Span {
  from: Date | null
  until: Date | null
}

export type PullState = 'open' | 'closed' | 'merged' | 'draft'
export type ReviewState = 'approved' | 'changes_requested' | 'none'

/** One condition on pull requests. Several of one kind that are not negated are alternatives; kinds add up. */
export type Filter = { negated: boolean } & (
  | { kind: 'repo' | 'org' | 'author' | 'commenter' | 'reviewed-by' | 'involves'; value: string }
  | { kind: 'assignee' | 'label' | 'milestone' | 'base' | 'head' | 'path'; value: string }
  | { kind: 'is'; value: PullState }
  | { kind: 'review'; value: ReviewState }
  | { kind: 'created' | 'updated' | 'merged' | 'closed'; value: Span }
)

export interface Sort {
  by: 'relevance' | 'created' | 'updated' | 'merged' | 'comments'
  direction: 'asc' | 'desc'
}

export interface Query {
  /** Ranked; none of them is required. */
  words: string[]
  /** Each is required. */
  phrases: string[]
  /** Of each group at least one is required: `a OR "b c"`. */
  alternatives: Term[][]
  /** Pull requests that say it anywhere are left out. */
  excluded: Term[]
  filters: Filter[]
  /** `in:`; null is everywhere. `title` is the first line of a description. */
  places: ('title' | Exclude<PassageKind, 'repository'>)[] | null
  /** `bot:`: only bots' texts, or none of them; null is all, ranked down. */
  bots: boolean | null
  /** `similar:`; the repository is null where only a number was given. */
  similar: { repository: string | null; number: number } | null
  sort: Sort
  /** One sentence each. */
  warnings: string[]
}
