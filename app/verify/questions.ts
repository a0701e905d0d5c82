/** The GitHub queries of `whence verify`: pages of a list, and nodes by id. */
import { RetryableError } from '#app/config/errors.server.ts'
import type { AnswerError, GithubAnswer } from '#app/github/client.ts'
import { PULL_REQUEST_NAMES } from '#app/github/queries/pull-requests.ts'
import type { Connection, GraphqlQuery } from '#app/github/queries/query.ts'
import {
  COUNTED_PAGE,
  COUNTED_PULL_REQUESTS,
  COUNTED_THREADS,
  type CountedPullRequest,
  type CountedThread,
  WIDEST_COUNT,
} from '#app/github/queries/verify.ts'
import { type RefusableList, refusedLists, withoutLists } from '#app/github/refused-lists.ts'
import { completeNodes, inTwoLists } from '#app/github/sort-nodes.ts'
import {
  askGithub,
  type FoundNodes,
  findNodes,
  inHalves,
  mayBeTooMuch,
  type Questioner,
} from './ask.ts'

export const COMPARED_LISTS = ['commits', 'reviews', 'comments', 'reviewThreads'] as const

/** State of the list of one repository. */
export interface Listing {
  nodeId: string
  /** Lists that GitHub withholds, and with which it would withhold the pull requests. */
  withheld: Set<RefusableList>
  /** Page size in pull requests: halved when GitHub gives up, doubled after each successful page. */
  width: number
  /** Node ids that are known gaps, whose counts are not needed. */
  gaps: Set<string>
}

export interface CountedPage {
  nodes: CountedPullRequest[]
  next: string | null
}

/** @returns null if the repository no longer exists on GitHub. */
export async function askPage(
  asking: Questioner,
  listing: Listing,
  after: string | null,
): Promise<CountedPage | null> {
  const variables = { id: listing.nodeId, first: listing.width, after }
  try {
    const question = { asking, listing, query: COUNTED_PAGE, variables }
    const page = await askCounted(question, ({ data, errors }) => {
      const list = data.node?.pullRequests
      if (list) return pageOf(list, errors, after)
      if (errors.some(({ type, path }) => type === 'NOT_FOUND' && path.length === 1)) return null
      throw broken(errors)
    })
    listing.width = Math.min(WIDEST_COUNT, listing.width * 2)
    return page
  } catch (error) {
    if (!mayBeTooMuch(error)) throw error
    if (listing.width === 1) return passOver(asking, listing, { after, error })
    listing.width = Math.floor(listing.width / 2)
    return askPage(asking, listing, after)
  }
}

/** Skips a single pull request that GitHub cannot even count, if it is a known gap. */
async function passOver(
  asking: Questioner,
  listing: Listing,
  { after, error }: { after: string | null; error: unknown },
): Promise<CountedPage> {
  const variables = { id: listing.nodeId, first: 1, after }
  const page = await askGithub(asking, PULL_REQUEST_NAMES, variables, ({ data, errors }) => {
    const list = data.node?.pullRequests
    if (!list) throw broken(errors)
    const nodes = list.nodes.map((node) => node && { ...node, ...UNCOUNTED })
    return pageOf({ ...list, nodes }, errors, after)
  })
  if (!page.nodes.every((node) => listing.gaps.has(node.id))) throw error
  listing.width = 2
  return page
}

const NOTHING = { totalCount: 0 }
const UNCOUNTED = {
  reviews: NOTHING,
  comments: NOTHING,
  reviewThreads: NOTHING,
  headRefOid: '',
  statusCheckRollup: null,
}

/** @throws RetryableError if the page is incomplete: only a list without errors is accepted. */
function pageOf(
  { nodes, pageInfo }: Connection<CountedPullRequest>,
  errors: AnswerError[],
  after: string | null,
): CountedPage {
  const complete = completeNodes(nodes, errors, ['node', 'pullRequests', 'nodes'], {
    own: COMPARED_LISTS,
  })
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : null
  if (complete.length < nodes.length || (next !== null && (next === after || nodes.length === 0)))
    throw broken(errors)
  return { nodes: complete, next }
}

function broken([error]: AnswerError[]): RetryableError {
  const reason = error ? `: ${error.message}` : ''
  return new RetryableError(
    `GitHub returned only part of a page of pull requests${reason}`,
    'broken',
  )
}

interface VerifyQuestion<V, R> {
  asking: Questioner
  listing: Listing
  query: GraphqlQuery<V & { commits: boolean }, R>
  variables: V
}

/**
 * Repeats the query without the lists that GitHub withholds, since it withholds the pull requests with them.
 */
async function askCounted<V, R, T>(
  question: VerifyQuestion<V, R>,
  take: (answer: GithubAnswer<R>) => T,
): Promise<T> {
  const { asking, listing, query, variables } = question
  const { withheld } = listing
  const shorter = withoutLists(query, 'fragment counts', [...withheld])
  const shown = { ...variables, commits: !withheld.has('commits') }
  const taken = await askGithub(asking, shorter, shown, (answer) => {
    const refused = Object.keys(refusedLists(answer)) as RefusableList[]
    const fresh = refused.filter((list) => !withheld.has(list))
    for (const list of fresh) withheld.add(list)
    return fresh.length > 0 ? null : { value: take(answer) }
  })
  return taken ? taken.value : askCounted(question, take)
}

/** Reads any number of pull requests by id. */
export async function askPullRequests(
  asking: Questioner,
  listing: Listing,
  ids: string[],
): Promise<FoundNodes<CountedPullRequest>> {
  const found: FoundNodes<CountedPullRequest> = new Map()
  for (let start = 0; start < ids.length; start += WIDEST_COUNT) {
    const part = await inHalves(ids.slice(start, start + WIDEST_COUNT), (some) => {
      const variables = { ids: some }
      return askCounted({ asking, listing, query: COUNTED_PULL_REQUESTS, variables }, (answer) =>
        findNodes(some, answer, [...COMPARED_LISTS]),
      )
    })
    for (const [id, node] of part) found.set(id, node)
  }
  return found
}

/** Reads up to one call's worth of threads by id. */
export function askThreads(asking: Questioner, ids: string[]): Promise<FoundNodes<CountedThread>> {
  return inHalves(ids, (some) => {
    return askGithub(asking, COUNTED_THREADS, inTwoLists(some), (answer) =>
      findNodes(some, answer, ['comments']),
    )
  })
}
