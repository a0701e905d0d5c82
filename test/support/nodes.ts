/** Builds GitHub's answers, with defaults for everything that a test does not need. */
import type {
  ChangedFileNode,
  CommentNode,
  PullRequestCommitNode,
  ReviewCommentNode,
  ReviewNode,
  ReviewThreadNode,
} from '#app/github/queries/conversation.ts'
import type { Actor } from '#app/github/queries/people.ts'
import type { ClosingIssue, PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { Connection } from '#app/github/queries/query.ts'
import type { RepositoryNode } from '#app/github/queries/repositories.ts'

const CREATED = '2026-01-02T03:04:05Z'
const URL = 'https://github.com/acme/engine'

export function actor(login = 'ada', kind = 'User'): Actor {
  return { __typename: kind, id: `U_${login}`, login }
}

/** Returns a complete list in a single page. */
export function listOf<Node>(nodes: Node[], totalCount = nodes.length): Connection<Node> {
  return { totalCount, pageInfo: { hasNextPage: false, endCursor: null }, nodes }
}

export function repositoryNode(given: Partial<RepositoryNode> = {}): RepositoryNode {
  const name = given.name ?? 'engine'
  return {
    id: `R_${name}`,
    name,
    nameWithOwner: `acme/${name}`,
    description: 'An engine',
    url: URL,
    visibility: 'PUBLIC',
    isArchived: false,
    isFork: false,
    isDisabled: false,
    defaultBranchRef: { name: 'main' },
    primaryLanguage: { name: 'Rust' },
    createdAt: CREATED,
    updatedAt: CREATED,
    pushedAt: CREATED,
    pullRequests: { totalCount: 0, nodes: [] },
    ...given,
  }
}

export function pullRequestNode(given: Partial<PullRequestNode> = {}): PullRequestNode {
  const number = given.number ?? 1
  return {
    id: `PR_${number}`,
    number,
    title: 'Cool the boiler',
    body: 'It ran hot.',
    url: `${URL}/pull/${number}`,
    state: 'MERGED',
    isDraft: false,
    author: actor(),
    authorAssociation: 'MEMBER',
    createdAt: CREATED,
    updatedAt: CREATED,
    closedAt: CREATED,
    mergedAt: CREATED,
    mergedBy: actor('bob'),
    mergeCommit: { oid: 'f'.repeat(40) },
    baseRefName: 'main',
    baseRefOid: 'a'.repeat(40),
    headRefName: 'cool',
    headRefOid: 'b'.repeat(40),
    headRepository: { nameWithOwner: 'ada/engine' },
    additions: 3,
    deletions: 2,
    changedFiles: 1,
    milestone: { title: 'Spring' },
    reviewDecision: 'APPROVED',
    statusCheckRollup: { state: 'SUCCESS' },
    repository: { id: 'R_engine' },
    labels: listOf([{ name: 'heat' }]),
    assignees: listOf([actor('cyd')]),
    closingIssuesReferences: listOf([issueNode({ title: 'Too hot' })]),
    commits: listOf([]),
    reviews: listOf([]),
    reviewThreads: listOf([]),
    comments: listOf([]),
    ...given,
  }
}

export function fileNode(n: number, given: Partial<ChangedFileNode> = {}): ChangedFileNode {
  return { path: `src/file-${n}.ts`, additions: n, deletions: 0, changeType: 'MODIFIED', ...given }
}

/** An issue of another repository than the pull requests above. */
export function issueNode(given: Partial<ClosingIssue> = {}): ClosingIssue {
  const { number = 7, repository = { id: 'R_plans', nameWithOwner: 'acme/plans' } } = given
  return {
    ...{ id: `I_${number}`, number, title: 'An issue', body: '', author: actor() },
    url: `https://github.com/${repository.nameWithOwner}/issues/${number}`,
    createdAt: CREATED,
    repository,
    ...given,
  }
}

export function commitNode(
  n: number,
  given: Partial<PullRequestCommitNode['commit']> = {},
): PullRequestCommitNode {
  const oid = n.toString(16).padStart(40, '0')
  const person = { name: 'Ada', email: 'Ada@Example.com ', user: actor() }
  return {
    commit: {
      oid,
      message: `Turn valve ${n}`,
      url: `${URL}/commit/${oid}`,
      additions: n,
      deletions: 1,
      changedFilesIfAvailable: 1,
      authoredDate: CREATED,
      committedDate: CREATED,
      author: person,
      committer: person,
      ...given,
    },
  }
}

function said(id: string) {
  return {
    id,
    author: actor('bob'),
    authorAssociation: 'CONTRIBUTOR',
    body: `What ${id} says`,
    url: `${URL}/pull/1#${id}`,
    createdAt: CREATED,
    updatedAt: CREATED,
    isMinimized: false,
    minimizedReason: null,
  }
}

export function commentNode(n: number, given: Partial<CommentNode> = {}): CommentNode {
  return { ...said(`IC_${n}`), ...given }
}

export function reviewNode(n: number, given: Partial<ReviewNode> = {}): ReviewNode {
  const commit = { oid: 'c'.repeat(40) }
  return { ...said(`PRR_${n}`), state: 'APPROVED', submittedAt: CREATED, commit, ...given }
}

export function reviewCommentNode(
  n: number,
  given: Partial<ReviewCommentNode> = {},
): ReviewCommentNode {
  return {
    ...said(`PRRC_${n}`),
    path: 'src/boiler.rs',
    diffHunk: '@@ -1 +1 @@',
    replyTo: null,
    pullRequestReview: { id: 'PRR_1' },
    ...given,
  }
}

export function threadNode(
  n: number,
  comments: ReviewCommentNode[] = [],
  given: Partial<ReviewThreadNode> = {},
): ReviewThreadNode {
  return {
    id: `PRRT_${n}`,
    path: 'src/boiler.rs',
    line: 12,
    diffSide: 'RIGHT',
    isResolved: true,
    resolvedBy: actor('cyd'),
    isOutdated: false,
    comments: listOf(comments),
    ...given,
  }
}
