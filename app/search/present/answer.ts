/** What a search is asked for, and what it answers: for the page, the command line, the API and MCP. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { PassageKind, SearchMode } from '../query/query.ts'

export interface SearchRequest {
  /** As somebody typed it, with GitHub's qualifiers. */
  query: string
  mode: SearchMode
  /** Hits of one page, 1 to 100. */
  limit: number
  /** `next` of the page before. */
  cursor?: string | undefined
}

/** A part of what somebody said, cut to what matters. User text, not sanitised. */
export interface FoundPassage {
  kind: PassageKind
  /** Null of a ghost, and of what has no author. */
  author: string | null
  isBot: boolean
  createdAt: string
  text: string
  /** Where words of the query stand in `text`: [start, end) in UTF-16 units, in order. */
  highlights: [number, number][]
  path: string | null
  line: number | null
  /** The very comment on GitHub. */
  url: string
}

interface HitBase {
  /** `owner/name` */
  repository: string
  title: string
  url: string
  createdAt: string
  updatedAt: string
  /** Comparable within one answer only. */
  score: number
  /** The best ones, the best first: three at most, none where nothing was searched for but qualifiers. */
  passages: FoundPassage[]
}

export interface PullRequestHit extends HitBase {
  kind: 'pull_request'
  number: number
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  isDraft: boolean
  author: string | null
  mergedAt: string | null
  labels: string[]
}

export interface RepositoryHit extends HitBase {
  kind: 'repository'
  number: null
  state: null
  author: null
}

export type Hit = PullRequestHit | RepositoryHit

export interface FacetValue {
  value: string
  count: number
}

/** Of the pull requests found, the most frequent values first; ten of each at most. */
export interface Facets {
  repository: FacetValue[]
  author: FacetValue[]
  label: FacetValue[]
  /** `open`, `closed`, `merged`, `draft` */
  state: FacetValue[]
  /** Of creation. */
  year: FacetValue[]
}

export interface SearchAnswer {
  query: string
  /** How it was answered: `hybrid` is words and meaning together. */
  mode: 'keyword' | 'semantic' | 'hybrid'
  /** One sentence each: what was not understood, or could not be done. */
  warnings: string[]
  hits: Hit[]
  /** Pull requests and repositories found. `isExact` is false where only the best were looked at. */
  total: { count: number; isExact: boolean }
  facets: Facets
  /** `cursor` of the next page, or null. */
  next: string | null
}

/**
 * Answers a search within the reader's scope. Bad input is a warning in the answer.
 *
 * @throws RefusedError for a cursor that is none of this query.
 */
export type Search = (reader: ScopedReader, request: SearchRequest) => Promise<SearchAnswer>
