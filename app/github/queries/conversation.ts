import type { Actor, GitPerson } from './people.ts'
import type { Connection } from './query.ts'

export interface PullRequestCommitNode {
  commit: {
    oid: string
    message: string
    url: string
    additions: number
    deletions: number
    changedFilesIfAvailable: number | null
    authoredDate: string
    committedDate: string
    author: GitPerson | null
    committer: GitPerson | null
  }
}

interface AuthoredNode {
  id: string
  author: Actor | null
  authorAssociation: string
  body: string
  url: string
  createdAt: string
  updatedAt: string
  /** Raw records of shape 1 lack these two fields. */
  isMinimized?: boolean
  minimizedReason?: string | null
}

export type CommentNode = AuthoredNode

export interface ReviewNode extends AuthoredNode {
  state: string
  submittedAt: string | null
  commit: { oid: string } | null
}

export interface ReviewCommentNode extends AuthoredNode {
  path: string
  diffHunk: string
  /** Only drafts are PENDING. Older raw records lack it. */
  state?: string
  replyTo: { id: string } | null
  pullRequestReview: { id: string } | null
}

/** A file that a pull request changes. GraphQL does not tell where a renamed one was before. */
export interface ChangedFileNode {
  path: string
  additions: number
  deletions: number
  changeType: string
}

/**
 * Comments of threads are read separately, for many threads at once, except in a query for one full pull
 * request.
 */
export interface ReviewThreadNode {
  id: string
  path: string
  line: number | null
  diffSide: string
  isResolved: boolean
  resolvedBy: Actor | null
  isOutdated: boolean
  comments?: Connection<ReviewCommentNode> | null
}

export const CONVERSATION = `
fragment pullRequestCommit on PullRequestCommit {
  commit {
    oid message url additions deletions changedFilesIfAvailable authoredDate committedDate
    author { name email user { ...actor } }
    committer { name email user { ...actor } }
  }
}
fragment review on PullRequestReview {
  id author { ...actor } authorAssociation state body url createdAt updatedAt submittedAt
  isMinimized minimizedReason commit { oid }
}
fragment reviewThread on PullRequestReviewThread {
  id path line diffSide isResolved resolvedBy { ...actor } isOutdated
}
fragment comment on IssueComment {
  id author { ...actor } authorAssociation body url createdAt updatedAt
  isMinimized minimizedReason
}
fragment changedFile on PullRequestChangedFile {
  path additions deletions changeType
}`

export const REVIEW_COMMENT = `
fragment reviewComment on PullRequestReviewComment {
  id author { ...actor } authorAssociation body path diffHunk state url createdAt updatedAt
  isMinimized minimizedReason replyTo { id } pullRequestReview { id }
}`
