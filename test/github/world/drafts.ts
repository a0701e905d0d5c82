import type { Actor, Review, ReviewComment, Thread } from './model.ts'

type Draftable = Review | ReviewComment

/** True for a review that was begun but not submitted, and for its comments. */
export function isDraft(record: Draftable): boolean {
  const review = record.__typename === 'PullRequestReview' ? record : record.review
  return review?.state === 'PENDING'
}

/** GitHub shows drafts to nobody but their author. */
export function isShownTo(viewer: Actor | null, record: Draftable): boolean {
  return !isDraft(record) || (record.author !== null && record.author.id === viewer?.id)
}

/** A thread that holds only drafts of others is not there. */
export function isThreadShownTo(viewer: Actor | null, { comments }: Thread): boolean {
  return comments.length === 0 || comments.some((comment) => isShownTo(viewer, comment))
}
