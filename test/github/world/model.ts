import type { Code } from '../git/code.ts'

/**
 * The content of GitHub as the stand-in stores it. Fields have the names of GitHub's GraphQL schema wherever
 * a value is served unchanged; `__typename` discriminates unions and interfaces. Times are ISO 8601 in UTC
 * with whole seconds, as GitHub formats them.
 */
export type Actor = {
  __typename: 'User' | 'Bot' | 'Organization'
  id: string
  databaseId: number
  login: string
  name: string | null
  email: string
  createdAt: string
}

export type Label = {
  __typename: 'Label'
  id: string
  name: string
  color: string
  description: string | null
  repository: Repository
}

export type Milestone = {
  __typename: 'Milestone'
  id: string
  number: number
  title: string
  description: string | null
  state: 'OPEN' | 'CLOSED'
  dueOn: string | null
  createdAt: string
  repository: Repository
}

export type Issue = {
  __typename: 'Issue'
  id: string
  legacyId: string | null
  databaseId: number
  number: number
  title: string
  body: string
  state: 'OPEN' | 'CLOSED'
  author: Actor | null
  createdAt: string
  updatedAt: string
  closedAt: string | null
  repository: Repository
}

export type StatusState = 'ERROR' | 'EXPECTED' | 'FAILURE' | 'PENDING' | 'SUCCESS'

export type Check =
  | {
      __typename: 'CheckRun'
      name: string
      status: 'IN_PROGRESS' | 'COMPLETED'
      conclusion: 'SUCCESS' | 'FAILURE' | null
      /** Path of the page that it leads to. */
      page: string
      startedAt: string
      completedAt: string | null
      /** Name of the App. */
      app: string | null
    }
  | {
      __typename: 'StatusContext'
      context: string
      state: StatusState
      description: string | null
      page: string
      createdAt: string
    }

export type Commit = {
  __typename: 'Commit'
  id: string
  oid: string
  message: string
  authorName: string
  authorEmail: string
  authorUser: Actor | null
  authoredDate: string
  committerName: string
  committerEmail: string
  committerUser: Actor | null
  committedDate: string
  additions: number
  deletions: number
  changedFiles: number
  parentOids: string[]
  rollupState: StatusState | null
  /** Absent: they follow from the roll-up; `checks.ts` says how. */
  checks?: Check[] | undefined
  repository: Repository
}

type Association =
  | 'COLLABORATOR'
  | 'CONTRIBUTOR'
  | 'FIRST_TIMER'
  | 'FIRST_TIME_CONTRIBUTOR'
  | 'MANNEQUIN'
  | 'MEMBER'
  | 'NONE'
  | 'OWNER'

type MinimizedReason = 'abuse' | 'duplicate' | 'off-topic' | 'outdated' | 'resolved' | 'spam'

/** The common fields of everything that a person writes below a pull request. */
type Authored = {
  id: string
  legacyId: string | null
  databaseId: number
  author: Actor | null
  authorAssociation: Association
  body: string
  createdAt: string
  updatedAt: string
  lastEditedAt: string | null
  editor: Actor | null
  /** Reason why it is minimized; null if it is not. */
  minimizedReason?: MinimizedReason | null
  pullRequest: PullRequest
}

export type Comment = Authored & { __typename: 'IssueComment' }

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING'

export type Review = Authored & {
  __typename: 'PullRequestReview'
  state: ReviewState
  /** Null until it is submitted. */
  submittedAt: string | null
  commitOid: string | null
}

export type ReviewComment = Authored & {
  __typename: 'PullRequestReviewComment'
  thread: Thread
  review: Review | null
  replyTo: ReviewComment | null
  diffHunk: string
}

export type Thread = {
  __typename: 'PullRequestReviewThread'
  id: string
  databaseId: number
  path: string
  line: number | null
  originalLine: number | null
  startLine: number | null
  diffSide: 'LEFT' | 'RIGHT'
  isResolved: boolean
  resolvedBy: Actor | null
  isOutdated: boolean
  comments: ReviewComment[]
  pullRequest: PullRequest
}

type ChangedFile = {
  path: string
  additions: number
  deletions: number
  /** `MODIFIED` by default. */
  changeType?: string | undefined
}

/** Timeline items other than commits, reviews and comments. */
export type TimelineEvent = {
  __typename: 'MergedEvent' | 'ClosedEvent' | 'ReopenedEvent' | 'HeadRefForcePushedEvent'
  id: string
  actor: Actor | null
  createdAt: string
  beforeOid: string | null
  afterOid: string | null
  pullRequest: PullRequest
}

type PullRequestState = 'OPEN' | 'CLOSED' | 'MERGED'

/** The fields of a pull request by which lists are ordered and counted; the rest may not be generated yet. */
export type PullRequestHead = {
  __typename: 'PullRequest'
  id: string
  databaseId: number
  number: number
  state: PullRequestState
  createdAt: string
  updatedAt: string
}

export type ReviewDecision = 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED'

export type PullRequest = PullRequestHead & {
  legacyId: string | null
  repository: Repository
  title: string
  body: string
  isDraft: boolean
  author: Actor | null
  authorAssociation: Association
  closedAt: string | null
  mergedAt: string | null
  mergedBy: Actor | null
  mergeCommitOid: string | null
  baseRefName: string
  baseRefOid: string
  headRefName: string
  headRefOid: string
  /** Repository of the branch; null if the fork was deleted. */
  head: 'own repository' | { fork: string } | null
  additions: number
  deletions: number
  changedFiles: number
  files: ChangedFile[]
  labels: Label[]
  assignees: Actor[]
  milestone: Milestone | null
  closing: Issue[]
  commits: Commit[]
  comments: Comment[]
  reviews: Review[]
  threads: Thread[]
  events: TimelineEvent[]
  reviewDecision: ReviewDecision | null
  rollupState: StatusState | null
  lastEditedAt: string | null
  editor: Actor | null
}

export type Repository = {
  __typename: 'Repository'
  id: string
  databaseId: number
  owner: Actor
  name: string
  description: string | null
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  isArchived: boolean
  isFork: boolean
  /** True if taken down for legal reasons; REST answers 451 then. */
  isBlocked: boolean
  /** Null in a repository without commits. */
  defaultBranch: string | null
  /** Its commits and branches; null if only its pull requests are known. */
  code: Code | null
  language: string | null
  topics: string[]
  createdAt: string
  updatedAt: string
  pushedAt: string | null
  labels: Label[]
  milestones: Milestone[]
  issues: Map<number, Issue>
  pulls: Map<number, PullRequestHead | PullRequest>
  /** Generates a pull request when it is first read; null if all of them are in memory. */
  writePull: ((number: number) => PullRequest) | null
  /** Returns the number of the generated pull request to which a database id belongs. */
  numberOf: ((databaseId: number) => number) | null
}

export type Located =
  | Actor
  | Label
  | Milestone
  | Issue
  | Commit
  | Comment
  | Review
  | ReviewComment
  | Thread
  | PullRequest
  | Repository

export type Permission =
  | 'checks'
  | 'contents'
  | 'issues'
  | 'metadata'
  | 'pull_requests'
  | 'statuses'

export type Installation = {
  id: number
  account: Actor
  selection: 'all' | 'selected'
  /** Node ids of the granted repositories if the selection is `selected`. */
  granted: Set<string>
  permissions: Partial<Record<Permission, 'read' | 'write'>>
  createdAt: string
  suspendedAt: string | null
}
