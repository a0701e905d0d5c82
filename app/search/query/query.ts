/** The parsed form of a query, as returned by `parse.ts`. */

export const SEARCH_MODES = ['auto', 'keyword', 'semantic'] as const
export type SearchMode = (typeof SEARCH_MODES)[number]

export const PASSAGE_KINDS = [
  'repository',
  'description',
  'comment',
  'review',
  'review_comment',
  'commit',
  'issue',
] as const
export type PassageKind = (typeof PASSAGE_KINDS)[number]

/** `from` is inclusive, `until` is exclusive. A null bound is open, but the time itself must be set. */
export interface Span {
  from: Date | null
  until: Date | null
}

export type QueryState = 'open' | 'closed' | 'merged' | 'draft'
export type ReviewState = 'approved' | 'changes_requested' | 'none'

/** Kinds whose values are names. */
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

/** Where a text was written. A title is the first line of its description's first part. */
export type Place = 'title' | Exclude<PassageKind, 'repository'>

/** A condition: one of `values` matches, or the time is within `span`, or a bot wrote the text. */
export type QueryFilter =
  | { kind: NameKind; values: string[] }
  | { kind: 'is'; values: QueryState[] }
  | { kind: 'review'; values: ReviewState[] }
  | { kind: 'no'; values: ('label' | 'assignee' | 'milestone')[] }
  | { kind: 'in'; values: Place[] }
  | { kind: 'created' | 'updated' | 'merged' | 'closed'; span: Span }
  | { kind: 'bot'; isBot: boolean }

/** A word (possibly a compound, such as a path or an identifier). */
export interface Term {
  kind: 'term'
  text: string
}

/** Quoted words that follow each other. */
export interface Phrase {
  kind: 'phrase'
  text: string
}

export interface Filter {
  kind: 'filter'
  filter: QueryFilter
}

/**
 * The meaning of a query. A term that only `and` stands above is for ranking and is not required; everything
 * else is a condition.
 */
export type Expression =
  | { kind: 'and'; all: Expression[] }
  | { kind: 'or'; any: Expression[] }
  | { kind: 'not'; one: Expression }
  | Term
  | Phrase
  | Filter

export interface Sort {
  by: 'relevance' | 'created' | 'updated' | 'merged' | 'comments'
  direction: 'asc' | 'desc'
}

/** A pull request to compare with; the repository is null if only a number was given. */
export interface Similar {
  repository: string | null
  number: number
}

export interface ParsedQuery {
  /** An `and` of nothing if the query has no conditions. */
  expression: Expression
  /** `similar:` */
  similar: Similar | null
  sort: Sort
  /** One sentence for each part that was not understood or was ignored. */
  warnings: string[]
}
