/** The request and the answer of a search, shared by the page, the command line, the API and MCP. */
import { z } from 'zod'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { PASSAGE_KINDS, SEARCH_MODES, type SearchMode } from '../query/query.ts'

const moment = z.iso.datetime({ offset: true })
const count = z.number().int()

export const searchMode = z.enum(SEARCH_MODES)

export interface SearchRequest {
  /** The query as typed, with GitHub's qualifiers. */
  query: string
  mode: SearchMode
  /** Hits per page, 1 to 100. */
  limit: number
  /** The `next` value of the previous page. */
  cursor?: string | undefined
}

const passage = z.object({
  kind: z.enum(PASSAGE_KINDS),
  author: z
    .string()
    .nullable()
    .describe(
      'A login; for a commit whose author has no account, a name. Null for a ghost and for passages without an author.',
    ),
  isBot: z.boolean(),
  createdAt: moment,
  text: z
    .string()
    .describe(
      'The relevant part of the text, without marks of Markdown, and without the title. Not sanitised.',
    ),
  highlights: z
    .array(z.tuple([count, count]))
    .describe('The positions of the matching words in `text`: [start, end) in UTF-16 units.'),
  path: z.string().nullable(),
  line: count.nullable(),
  /** URL of the exact comment on GitHub. */
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
  /** At most three passages, best first; empty if the query had only qualifiers. */
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

/** The most frequent values among the pull requests found, at most ten per facet. */
const facets = z.object({
  repository: facet,
  author: facet,
  label: facet,
  /** `open`, `closed`, `merged`, `draft` */
  state: facet,
  /** Year of creation. */
  year: facet,
})
export type Facets = z.infer<typeof facets>

export const searchAnswer = z.object({
  query: z.string(),
  /** The mode that was used: `hybrid` combines words and meaning. */
  mode: z.enum(['keyword', 'semantic', 'hybrid']),
  /** One sentence for each part that was not understood or could not be done. */
  warnings: z.array(z.string()),
  hits: z.array(z.discriminatedUnion('kind', [pullRequestHit, repositoryHit])),
  /** Number of pull requests and repositories found. `isExact` is false if only the best were considered. */
  total: z.object({ count, isExact: z.boolean() }),
  facets,
  next: z.string().nullable().describe('Send it as `cursor` to get the next page.'),
})
export type SearchAnswer = z.infer<typeof searchAnswer>

/**
 * Answers a search within the reader's scope. Invalid input becomes a warning in the answer.
 *
 * @throws RefusedError for a cursor that does not belong to this query.
 */
export type Search = (reader: ScopedReader, request: SearchRequest) => Promise<SearchAnswer>
