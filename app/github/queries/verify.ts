import { type Connection, type GraphqlQuery, REQUESTS_OF_A_POINT } from './query.ts'

interface Count {
  totalCount: number
}

/** A pull request and the sizes of its lists; null for a list that GitHub withholds. */
export interface CountedPullRequest {
  id: string
  number: number
  updatedAt: string
  commits?: Count | null
  reviews: Count | null
  comments: Count | null
  reviewThreads: Count | null
  headRefOid: string
  /** Null if the head has no checks, or GitHub withholds them. */
  statusCheckRollup: { state: string; contexts: Count } | null
  /** Absent if only the name of the pull request is known. */
  changedFiles?: number
}

const COUNTED_LISTS = 5

/** The largest number of pull requests whose counts cost one point. */
export const WIDEST_COUNT = Math.floor((REQUESTS_OF_A_POINT - 1) / COUNTED_LISTS)

const COUNTS = `
fragment counts on PullRequest {
  id number updatedAt changedFiles
  commits @include(if: $commits) { totalCount }
  reviews(states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) { totalCount }
  comments { totalCount } reviewThreads { totalCount }
  headRefOid statusCheckRollup { state contexts { totalCount } }
}`

/** A page of a repository's pull requests, most recently updated first, with their counts only. */
export const COUNTED_PAGE: GraphqlQuery<
  { id: string; first: number; after: string | null; commits: boolean },
  { node: { pullRequests: Connection<CountedPullRequest> | null } | null }
> = {
  name: 'counts of a pull request page',
  text: `query ($id: ID!, $first: Int!, $after: String, $commits: Boolean!) {
  node(id: $id) {
    ... on Repository {
      pullRequests(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
        totalCount pageInfo { hasNextPage endCursor } nodes { ...counts }
      }
    }
  }
}${COUNTS}`,
}

/** The counts of pull requests by id, in any repositories; at most `WIDEST_COUNT`. */
export const COUNTED_PULL_REQUESTS: GraphqlQuery<
  { ids: string[]; commits: boolean },
  { nodes: (CountedPullRequest | null)[] }
> = {
  name: 'counts of pull requests by id',
  text: `query ($ids: [ID!]!, $commits: Boolean!) { nodes(ids: $ids) { ...counts } }${COUNTS}`,
}

/** The number of comments of a review thread, and the update time of its pull request. */
export interface CountedThread {
  id: string
  comments: Count | null
  pullRequest: { id: string; updatedAt: string }
}

/** Review threads in any repositories; each list takes at most 100 ids. */
export const COUNTED_THREADS: GraphqlQuery<
  { ids: string[]; more: string[] },
  { nodes: (CountedThread | null)[]; more: (CountedThread | null)[] }
> = {
  name: 'counts of review threads',
  text: `query ($ids: [ID!]!, $more: [ID!]!) {
  nodes(ids: $ids) { ...thread }
  more: nodes(ids: $more) { ...thread }
}
fragment thread on PullRequestReviewThread {
  id comments { totalCount } pullRequest { id updatedAt }
}`,
}
