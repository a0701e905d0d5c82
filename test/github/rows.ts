/**
 * GitHub's content as plain rows, one shape per kind of object: the stand-in reports its ground truth in it,
 * and the rows of a store are converted to it for comparison. People are given by login, with null for a
 * deleted account; the login of a bot ends in `[bot]`. Times are ISO 8601 strings or Dates.
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
  /** Title of the milestone. */
  milestone: string | null
  /** `owner/name#number title`, in any order. */
  closingIssues: string[]
  reviewDecision: string | null
  rollupState: string | null
  /** Oids in branch order. */
  commits: string[]
  /** `path +additions −deletions TYPE`, in GitHub's order. */
  files: string[]
}

export function describeFile(file: {
  path: string
  additions: number
  deletions: number
  changeType?: string | undefined
}): string {
  const { path, additions, deletions, changeType = 'MODIFIED' } = file
  return `${path} +${additions} −${deletions} ${changeType}`
}

/** One row per repository and oid, no matter how many pull requests contain the commit. */
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
