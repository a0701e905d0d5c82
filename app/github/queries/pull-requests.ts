import {
  type ChangedFileNode,
  CONVERSATION,
  type CommentNode,
  type PullRequestCommitNode,
  REVIEW_COMMENT,
  type ReviewNode,
  type ReviewThreadNode,
} from './conversation.ts'
import { ACTOR, type Actor } from './people.ts'
import {
  type Connection,
  type GraphqlQuery,
  MAX_PAGE,
  REQUESTS_OF_A_POINT,
  type ShortConnection,
} from './query.ts'

/**
 * A list that GitHub withholds because a permission is missing is null. The list of commits is not requested
 * in that case, because its error would invalidate the entire pull request.
 */
export interface PullRequestNode {
  id: string
  number: number
  title: string
  body: string
  url: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  isDraft: boolean
  author: Actor | null
  authorAssociation: string
  createdAt: string
  updatedAt: string
  closedAt: string | null
  mergedAt: string | null
  mergedBy: Actor | null
  mergeCommit: { oid: string } | null
  baseRefName: string
  baseRefOid: string
  headRefName: string
  headRefOid: string
  headRepository: { nameWithOwner: string } | null
  additions: number
  deletions: number
  changedFiles: number
  milestone: { title: string } | null
  reviewDecision: string | null
  statusCheckRollup: { state: string } | null
  repository: { id: string }
  labels: ShortConnection<{ name: string }> | null
  /** People and bots; the field `assignees` of GitHub has people only. */
  assignees: ShortConnection<Actor> | null
  closingIssuesReferences: ShortConnection<ClosingIssue> | null
  commits?: Connection<PullRequestCommitNode> | null
  reviews: Connection<ReviewNode> | null
  reviewThreads: Connection<ReviewThreadNode> | null
  comments: Connection<CommentNode> | null
  /** Absent where changed files are not requested, and from raw records before shape 5. */
  files?: Connection<ChangedFileNode> | null
}

export interface ClosingIssue {
  id: string
  number: number
  title: string
  body: string
  url: string
  author: Actor | null
  createdAt: string
  repository: { id: string; nameWithOwner: string }
}

/** Lists of a pull request, of which changed files are requested or not. */
const LISTS = 8

/** The largest number of pull requests whose lists cost one point. */
export const WIDEST_PAGE = Math.floor(REQUESTS_OF_A_POINT / LISTS)

/** The same without changed files. */
export const WIDEST_WITHOUT_FILES = Math.floor(REQUESTS_OF_A_POINT / (LISTS - 1))

const PAGE = `totalCount pageInfo { hasNextPage endCursor } nodes`

const PULL_REQUEST = `
fragment pullRequest on PullRequest {
  id number title body url state isDraft author { ...actor } authorAssociation
  createdAt updatedAt closedAt mergedAt mergedBy { ...actor } mergeCommit { oid }
  baseRefName baseRefOid headRefName headRefOid headRepository { nameWithOwner }
  additions deletions changedFiles milestone { title } reviewDecision statusCheckRollup { state }
  repository { id }
  labels(first: ${MAX_PAGE}) { totalCount nodes { name } }
  assignees: assignedActors(first: ${MAX_PAGE}) { totalCount nodes { ...actor } }
  closingIssuesReferences(first: ${MAX_PAGE}) {
    totalCount nodes {
      id number title body url author { ...actor } createdAt repository { id nameWithOwner }
    }
  }
  commits(first: ${MAX_PAGE}) @include(if: $commits) { ${PAGE} { ...pullRequestCommit } }
  reviews(first: ${MAX_PAGE}) { ${PAGE} { ...review } }
  reviewThreads(first: ${MAX_PAGE}) { ${PAGE} { ...reviewThread } }
  comments(first: ${MAX_PAGE}) { ${PAGE} { ...comment } }
  files(first: ${MAX_PAGE}) { ${PAGE} { ...changedFile } }
}${CONVERSATION}${ACTOR}`

/** A page of a repository's pull requests, most recently updated first. */
export const PULL_REQUEST_PAGE: GraphqlQuery<
  { id: string; first: number; after: string | null; commits: boolean },
  { node: { pullRequests: Connection<PullRequestNode> } | null }
> = {
  name: 'pull request page',
  text: `query ($id: ID!, $first: Int!, $after: String, $commits: Boolean!) {
  node(id: $id) {
    ... on Repository {
      pullRequests(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
        ${PAGE} { ...pullRequest }
      }
    }
  }
}${PULL_REQUEST}`,
}

/** The same page, reduced to the names of the pull requests and the end of the page. */
export const PULL_REQUEST_NAMES: GraphqlQuery<
  { id: string; first: number; after: string | null },
  { node: { pullRequests: Connection<{ id: string; number: number; updatedAt: string }> } | null }
> = {
  name: 'IDs of a pull request page',
  text: `query ($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on Repository {
      pullRequests(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
        ${PAGE} { id number updatedAt }
      }
    }
  }
}`,
}

interface PullRequestIds {
  ids: string[]
  commits: boolean
}

const WITH_THREADS = PULL_REQUEST.replace(
  '{ ...reviewThread }',
  `{ ...reviewThread comments(first: ${MAX_PAGE}) { ${PAGE} { ...reviewComment } } }`,
)

/** One pull request, its lists and the comments of its threads. */
export const FULL_PULL_REQUEST: GraphqlQuery<
  PullRequestIds,
  { nodes: (PullRequestNode | null)[] }
> = {
  name: 'full pull request',
  text: `query ($ids: [ID!]!, $commits: Boolean!) { nodes(ids: $ids) { ...pullRequest } }
${WITH_THREADS}${REVIEW_COMMENT}`,
}

/** One pull request by the node id of its repository and its number, with everything that is nested in it. */
export const PULL_REQUEST_BY_NUMBER: GraphqlQuery<
  { id: string; number: number; commits: boolean },
  { node: { pullRequest: PullRequestNode | null } | null }
> = {
  name: 'pull request by number',
  text: `query ($id: ID!, $number: Int!, $commits: Boolean!) {
  node(id: $id) { ... on Repository { pullRequest(number: $number) { ...pullRequest } } }
}
${WITH_THREADS}${REVIEW_COMMENT}`,
}

/** Pull requests by id, in any repositories; at most `WIDEST_PAGE`. */
export const PULL_REQUESTS_BY_ID: GraphqlQuery<
  PullRequestIds,
  { nodes: (PullRequestNode | null)[] }
> = {
  name: 'pull requests by id',
  text: `query ($ids: [ID!]!, $commits: Boolean!) { nodes(ids: $ids) { ...pullRequest } }${PULL_REQUEST}`,
}
