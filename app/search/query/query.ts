/** The parsed form of a query, as returned by `parse-query.ts`. */

export const SEARCH_MODES = ['auto', 'keyword', 'semantic'] as const
export type SearchMode = (typeof SEARCH_MODES)[number]

export const PASSAGE_KINDS = [
  'repository',
  'description',
  'comment',
  'review',
  'review_comment',
  'commit',
] as const
export type PassageKind = (typeof PASSAGE_KINDS)[number]

/** A word (possibly a compound, such as a path or an identifier), or a quoted phrase. */
export interface Term {
  kind: 'word' | 'phrase'
  text: string
}

/** `from` is inclusive, `until` is exclusive. A null bound is open, but the time itself must be set. */
export interface Span {
  from: Date | null
  until: Date | null
}

export type QueryState = 'open' | 'closed' | 'merged' | 'draft'
export type ReviewState = 'approved' | 'changes_requested' | 'none'

/** Kinds whose values are names. Repeated filters of one kind are alternatives, except for `label`. */
export type NameKind =
  | 'repo'
  | 'org'
  | 'author'
  | 'commenter'
  | 'reviewed-by'
  | 'involves'
  | 'assignee'
  | 'label'
  | 'milestone'
  | 'base'
  | 'head'
  | 'path'

/**
 * A condition on pull requests: one of `values` matches, or the time is within `span`. All conditions must
 * hold, including negated ones; only names of one kind are alternatives (see `NameKind`).
 */
export type QueryFilter = { negated: boolean } & (
  | { kind: NameKind; values: string[] }
  | { kind: 'is'; values: QueryState[] }
  | { kind: 'review'; values: ReviewState[] }
  | { kind: 'no'; values: ('label' | 'assignee' | 'milestone')[] }
  | { kind: 'created' | 'updated' | 'merged' | 'closed'; span: Span }
)

export interface Sort {
  by: 'relevance' | 'created' | 'updated' | 'merged' | 'comments'
  direction: 'asc' | 'desc'
}

export interface SearchQuery {
  /** Words for ranking; none of them is required. */
  words: string[]
  /** Phrases, all required. */
  phrases: string[]
  /** Groups of which at least one term is required: `a OR "b c"`. */
  alternatives: Term[][]
  /** Terms that exclude every pull request that contains them. */
  excluded: Term[]
  filters: QueryFilter[]
  /** `in:`; null means everywhere. A title is the first line of its description's first part. */
  places: ('title' | Exclude<PassageKind, 'repository'>)[] | null
  /** `bot:`, true for bots' texts only, false for none of them; null includes them at a lower rank. */
  bots: boolean | null
  /** `similar:`; the repository is null if only a number was given. */
  similar: { repository: string | null; number: number } | null
  sort: Sort
  /** One sentence for each part that was not understood or was ignored. */
  warnings: string[]
}
