/**
 * GitHub's content as plain rows, one shape per kind of thing: what the stand-in tells as its truth
 * and what a store's rows are brought into before they are compared. People are told by login, with
 * null for a deleted account; bots bear `[bot]`. Times are ISO 8601 or Dates.
 */
type Time = string | Date

export type RepositoryRow = {
  id: string
  databaseId: number
  name: string
  fullName: string
  description: string | null
  url: string
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  isArchived: boolean
  isFork: boolean
  defaultBranch: string | null
  language: string | null
  topics: string[]
  createdAt: Time
  updatedAt: Time
  pushedAt: Time | null
}

export type PullRequestRow = {
  id: string
  repositoryId: string
  number: number
  title: string
  body: string
  url: string
  state: string
  isDraft: boolean
  author: string | null
  authorAssociation: string
  createdAt: Time
  updatedAt: Time
  closedAt: Time | null
  mergedAt: Time | null
  mergedBy: string | null
  mergeCommit: string | null
  baseRefName: string
  baseRefOid: string
  headRefName: string
  headRefOid: string
  /** Owner and name. */
  headRepository: string | null
  additions: number
  deletions: number
  changedFiles: number
  /** Names, in any order. */
  labels: string[]
  /** Logins, in any order. */
  assignees: string[]
  /** Its title. */
  milestone: string | null
  /** `owner/name#number title`, in any order. */
  closingIssues: string[]
  reviewDecision: string | null
  rollupState: string | null
  /** Oids in the order of the branch. */
  commits: string[]
}

/** One row per repository and oid, however many pull requests hold the commit. */
export type CommitRow = {
  repositoryId: string
  oid: string
  message: string
  authorName: string
  authorEmail: string
  author: string | null
  authoredDate: Time
  committerName: string
  committerEmail: string
  committer: string | null
  committedDate: Time
  additions: number
  deletions: number
  changedFiles: number
  parents: string[]
}

type ReviewRow = {
  id: string
  pullRequestId: string
  author: string | null
  authorAssociation: string
  state: string
  body: string
  isMinimized: boolean
  minimizedReason: string | null
  createdAt: Time
  updatedAt: Time
  submittedAt: Time | null
  commit: string | null
}

type ReviewThreadRow = {
  id: string
  pullRequestId: string
  path: string
  line: number | null
  diffSide: string
  isResolved: boolean
  resolvedBy: string | null
  isOutdated: boolean
}

type ReviewCommentRow = {
  id: string
  pullRequestId: string
  threadId: string
  reviewId: string | null
  author: string | null
  authorAssociation: string
  body: string
  isMinimized: boolean
  minimizedReason: string | null
  diffHunk: string
  replyTo: string | null
  createdAt: Time
  updatedAt: Time
}

type CommentRow = {
  id: string
  pullRequestId: string
  author: string | null
  authorAssociation: string
  body: string
  isMinimized: boolean
  minimizedReason: string | null
  createdAt: Time
  updatedAt: Time
}

export type Content = {
  repositories: RepositoryRow[]
  pullRequests: PullRequestRow[]
  commits: CommitRow[]
  reviews: ReviewRow[]
  reviewThreads: ReviewThreadRow[]
  reviewComments: ReviewCommentRow[]
  comments: CommentRow[]
}

export function noContent(): Content {
  return {
    repositories: [],
    pullRequests: [],
    commits: [],
    reviews: [],
    reviewThreads: [],
    reviewComments: [],
    comments: [],
  }
}
