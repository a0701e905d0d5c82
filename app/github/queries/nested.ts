import {
  type ChangedFileNode,
  CONVERSATION,
  type CommentNode,
  type PullRequestCommitNode,
  REVIEW_COMMENT,
  type ReviewCommentNode,
  type ReviewNode,
  type ReviewThreadNode,
} from './conversation.ts'
import { ACTOR } from './people.ts'
import { type Connection, type GraphqlQuery, MAX_PAGE } from './query.ts'

/** The lists of a pull request that may have several pages. */
export interface NestedNodes {
  commits: PullRequestCommitNode
  reviews: ReviewNode
  comments: CommentNode
  review_threads: ReviewThreadNode
  files: ChangedFileNode
}
export type NestedType = keyof NestedNodes

export const NESTED_TYPES = ['commits', 'reviews', 'comments', 'review_threads', 'files'] as const

type PageVariables = { id: string; after: string }
export type NestedPage<Node> = GraphqlQuery<
  PageVariables,
  { node: { list: Connection<Node> | null } | null }
>

/** Queries for a further page of one list of one pull request. */
export const NESTED_PAGES: { [Type in NestedType]: NestedPage<NestedNodes[Type]> } = {
  commits: pageOf('commits', 'pullRequestCommit'),
  reviews: pageOf('reviews', 'review'),
  comments: pageOf('comments', 'comment'),
  review_threads: pageOf('reviewThreads', 'reviewThread'),
  files: pageOf('files', 'changedFile'),
}

function pageOf<Node>(field: string, fragment: string): NestedPage<Node> {
  const [used = ''] = new RegExp(`\nfragment ${fragment} .*?\n}`, 's').exec(CONVERSATION) ?? []
  return {
    name: `page of ${field}`,
    text: `query ($id: ID!, $after: String!) {
  node(id: $id) {
    ... on PullRequest {
      list: ${field}(first: ${MAX_PAGE}, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { ...${fragment} }
      }
    }
  }
}${used}${used.includes('...actor') ? ACTOR : ''}`,
  }
}

/** A review thread by id, with the first page of its comments. */
export interface ThreadNode {
  id: string
  comments: Connection<ReviewCommentNode> | null
}

const THREAD_COMMENTS = `totalCount pageInfo { hasNextPage endCursor } nodes { ...reviewComment }`

/** Comments of review threads in any repositories; each list takes at most 100 ids. */
export const THREADS: GraphqlQuery<
  { ids: string[]; more: string[] },
  { nodes: (ThreadNode | null)[]; more: (ThreadNode | null)[] }
> = {
  name: 'review threads',
  text: `query ($ids: [ID!]!, $more: [ID!]!) {
  nodes(ids: $ids) { ...thread }
  more: nodes(ids: $more) { ...thread }
}
fragment thread on PullRequestReviewThread {
  id comments(first: ${MAX_PAGE}) { ${THREAD_COMMENTS} }
}${REVIEW_COMMENT}${ACTOR}`,
}

/** A further page of the comments of one thread. */
export const THREAD_PAGE: NestedPage<ReviewCommentNode> = {
  name: 'page of a review thread',
  text: `query ($id: ID!, $after: String!) {
  node(id: $id) {
    ... on PullRequestReviewThread {
      list: comments(first: ${MAX_PAGE}, after: $after) { ${THREAD_COMMENTS} }
    }
  }
}${REVIEW_COMMENT}${ACTOR}`,
}
