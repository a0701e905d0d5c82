/**
 * Drafts: reviews and review comments that the owner of a personal token has written but not submitted. GitHub
 * shows them to their author alone, so nothing of them may be stored.
 */
import type { ReviewCommentNode, ReviewNode } from '#app/github/queries/conversation.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { Connection } from '#app/github/queries/query.ts'

export function isDraft({ state }: Pick<ReviewNode | ReviewCommentNode, 'state'>): boolean {
  return state === 'PENDING'
}

/**
 * True if a pull request has a draft and came without the comments of its threads, so that the threads that
 * hold only drafts are unknown.
 */
export function hidesDrafts({ reviews, reviewThreads }: PullRequestNode): boolean {
  if (!reviews?.nodes.some((review) => review && isDraft(review))) return false
  return Boolean(reviewThreads?.nodes.some((thread) => thread && !thread.comments))
}

/** Removes the drafts of a pull request from its lists and from their totals. */
export function withoutDrafts(node: PullRequestNode): PullRequestNode {
  const reviews = node.reviews && keep(node.reviews, (review) => !isDraft(review))
  const reviewThreads = node.reviewThreads && {
    ...keep(node.reviewThreads, ({ comments }) => !comments || !isAllDrafts(comments)),
  }
  reviewThreads?.nodes.forEach((thread) => {
    if (thread?.comments) thread.comments = keep(thread.comments, (comment) => !isDraft(comment))
  })
  return { ...node, reviews, reviewThreads }
}

function isAllDrafts({ nodes, pageInfo }: Connection<ReviewCommentNode>): boolean {
  return nodes.length > 0 && !pageInfo.hasNextPage && nodes.every((one) => one && isDraft(one))
}

/** Returns the list without the other nodes, and not counting them. */
export function keep<List extends Omit<Connection<unknown>, 'pageInfo'>>(
  list: List,
  isKept: (node: NonNullable<List['nodes'][number]>) => boolean,
): List {
  const nodes = list.nodes.filter((node) => !node || isKept(node))
  return { ...list, nodes, totalCount: list.totalCount - (list.nodes.length - nodes.length) }
}
