/** The request and the answer of a search, shared by the page, the command line, the API and MCP. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { PassageKind, SearchMode } from '../query/query.ts'

export interface SearchRequest {
  /** The query as typed, with GitHub's qualifiers. */
  query: string
  mode: SearchMode
  /** Hits per page, 1 to 100. */
  limit: number
  /** The `next` value of the previous page. */
  cursor?: string | undefined
}

/** A passage of a hit, cut to the relevant part. User text, not sanitised. */
export interface FoundPassage {
  kind: PassageKind
  /** Null for a ghost and for passages without an author. */
  author: string | null
  isBot: boolean
  createdAt: string
  text: string
  /** Positions of query words in `text`: [start, end) in UTF-16 units, in order. */
  highlights: [number, number][]
  path: string | null
  line: number | null
  /** URL of the exact comment on GitHub. */
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
  /** At most three passages, best first; empty if the query had only qualifiers. */
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

/** The most frequent values among the pull requests found, at most ten per facet. */
export interface Facets {
  repository: FacetValue[]
  author: FacetValue[]
  label: FacetValue[]
  /** `open`, `closed`, `merged`, `draft` */
  state: FacetValue[]
  /** Year of creation. */
  year: FacetValue[]
}

export interface SearchAnswer {
  query: string
  /** The mode that was used: `hybrid` combines words and meaning. */
  mode: 'keyword' | 'semantic' | 'hybrid'
  /** One sentence for each part that was not understood or could not be done. */
  warnings: string[]
  hits: Hit[]
  /** Number of pull requests and repositories found. `isExact` is false if only the best were considered. */
  total: { count: number; isExact: boolean }
  facets: Facets
  /** `cursor` of the next page, or null. */
  next: string | null
}

/**
 * Answers a search within the reader's scope. Invalid input becomes a warning in the answer.
 *
 * @throws RefusedError for a cursor that does not belong to this query.
 */
export type Search = (reader: ScopedReader, request: SearchRequest) => Promise<SearchAnswer>
