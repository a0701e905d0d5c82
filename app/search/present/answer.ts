/** What a search is asked for, and what it answers: for the page, the command line, the API and MCP. */
import { z } from 'zod'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { PASSAGE_KINDS, SEARCH_MODES, type SearchMode } from '../query/query.ts'

const moment = z.iso.datetime({ offset: true })
const count = z.number().int()

export const searchMode = z.enum(SEARCH_MODES)

export interface SearchRequest {
  /** As somebody typed it, with GitHub's qualifiers. */
  query: string
  mode: SearchMode
  /** Hits of one page, 1 to 100. */
  limit: number
  /** `next` of the page before. */
  cursor?: string | undefined
}

const passage = z.object({
  kind: z.enum(PASSAGE_KINDS),
  /** Null of a ghost, and of what has no author. */
  author: z.string().nullable(),
  isBot: z.boolean(),
  createdAt: moment,
  text: z.string().describe('The relevant part of the text. Not sanitised.'),
  highlights: z
    .array(z.tuple([count, count]))
    .describe('The positions of the matching words in `text`: [start, end) in UTF-16 units.'),
  path: z.string().nullable(),
  line: count.nullable(),
  /** The very comment on GitHub. */
  url: z.string(),
})
export type FoundPassage = z.infer<typeof passage>

const shared = {
  /** `owner/name` */
  repository: z.string(),
  title: z.string(),
  url: z.string(),
  createdAt: moment,
  updatedAt: moment,
  score: z.number().describe('Comparable only within one answer.'),
  /** The best ones, the best first: three at most, none where nothing was searched for but qualifiers. */
  passages: z.array(passage),
}

const pullRequestHit = z.object({
  kind: z.literal('pull_request'),
  ...shared,
  number: count,
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  author: z.string().nullable(),
  mergedAt: moment.nullable(),
  labels: z.array(z.string()),
})
export type PullRequestHit = z.infer<typeof pullRequestHit>

const repositoryHit = z.object({
  kind: z.literal('repository'),
  ...shared,
  number: z.null(),
  state: z.null(),
  author: z.null(),
})
export type RepositoryHit = z.infer<typeof repositoryHit>

export type Hit = PullRequestHit | RepositoryHit

const facet = z.array(z.object({ value: z.string(), count }))
export type FacetValue = z.infer<typeof facet>[number]

/** Of the pull requests found, the most frequent values first; ten of each at most. */
const facets = z.object({
  repository: facet,
  author: facet,
  label: facet,
  /** `open`, `closed`, `merged`, `draft` */
  state: facet,
  /** Of creation. */
  year: facet,
})
export type Facets = z.infer<typeof facets>

export const searchAnswer = z.object({
  query: z.string(),
  /** How it was answered: `hybrid` is words and meaning together. */
  mode: z.enum(['keyword', 'semantic', 'hybrid']),
  /** One sentence each: what was not understood, or could not be done. */
  warnings: z.array(z.string()),
  hits: z.array(z.discriminatedUnion('kind', [pullRequestHit, repositoryHit])),
  /** Pull requests and repositories found. `isExact` is false where only the best were looked at. */
  total: z.object({ count, isExact: z.boolean() }),
  facets,
  next: z.string().nullable().describe('Send it as `cursor` to get the next page.'),
})
export type SearchAnswer = z.infer<typeof searchAnswer>

/**
 * Answers a search within the reader's scope. Bad input is a warning in the answer.
 *
 * @throws RefusedError for a cursor that is none of this query.
 */
export type Search = (reader: ScopedReader, request: SearchRequest) => Promise<SearchAnswer>
