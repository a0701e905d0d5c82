/** A query taken apart: what `parse-query.ts` makes of what somebody typed. */

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

/** A word (or something that holds several: a path, an identifier), or a phrase between quotes. */
export interface Term {
  kind: 'word' | 'phrase'
  text: string
}

/** `from` is inclusive, `until` is exclusive; null is open, but the time itself is there. */
export interface Span {
  from: Date | null
  until: Date | null
}

export type PullState = 'open' | 'closed' | 'merged' | 'draft'
export type ReviewState = 'approved' | 'changes_requested' | 'none'

/** Kinds whose values are names. Repeated, those of one kind are alternatives, but for `label`. */
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
 * One condition on pull requests: one of `values` holds, or the time lies within `span`. Conditions add
 * up, negated ones too; only names of one kind are alternatives (see `NameKind`).
 */
export type Filter = { negated: boolean } & (
  | { kind: NameKind; values: string[] }
  | { kind: 'is'; values: PullState[] }
  | { kind: 'review'; values: ReviewState[] }
  | { kind: 'no'; values: ('label' | 'assignee' | 'milestone')[] }
  | { kind: 'created' | 'updated' | 'merged' | 'closed'; span: Span }
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
  /** `in:`; null is everywhere. A title is the first line of its description's first part. */
  places: ('title' | Exclude<PassageKind, 'repository'>)[] | null
  /** `bot:`: only bots' texts, or none of them; null is all, ranked down. */
  bots: boolean | null
  /** `similar:`; the repository is null where only a number was given. */
  similar: { repository: string | null; number: number } | null
  sort: Sort
  /** One sentence each: what of it was not understood, or left out. */
  warnings: string[]
}
