import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { ClosingIssue, PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { Nested } from './nested.ts'

export const pullRequests = defineTable({
  name: 'pull_request',
  key: ['nodeId'],
  columns: {
    repositoryId: 'bigint',
    number: 'int',
    nodeId: 'text',
    title: 'text',
    body: 'text',
    url: 'text',
    state: 'text',
    isDraft: 'boolean',
    authorId: 'text?',
    authorAssociation: 'text',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    closedAt: 'timestamptz?',
    mergedAt: 'timestamptz?',
    mergedById: 'text?',
    mergeCommit: 'text?',
    baseRefName: 'text',
    baseRefOid: 'text',
    headRefName: 'text',
    headRefOid: 'text',
    headRepository: 'text?',
    additions: 'int',
    deletions: 'int',
    changedFiles: 'int',
    labels: 'text[]',
    assigneeIds: 'text[]',
    milestone: 'text?',
    closingIssues: 'jsonb',
    reviewDecision: 'text?',
    rollupState: 'text?',
    readAt: 'timestamptz',
  },
  own: {
    id: 'bigint',
    deletedAt: 'timestamptz?',
    completeness: 'jsonb',
    isComplete: 'boolean',
    checkedAt: 'timestamptz?',
  },
  // A deleted pull request keeps its number, state and timestamps.
  erased: [
    'title',
    'body',
    'authorId',
    'mergedById',
    'mergeCommit',
    'baseRefName',
    'baseRefOid',
    'headRefName',
    'headRefOid',
    'headRepository',
    'labels',
    'assigneeIds',
    'milestone',
    'closingIssues',
    'reviewDecision',
    'rollupState',
  ],
  // A pull request that was marked as deleted is restored when GitHub returns it again.
  upsert: { clears: ['deletedAt'] },
})

export type PullRequestRow = RowOf<typeof pullRequests.columns>

export function rowOfPullRequest(node: PullRequestNode, origin: Nested): PullRequestRow {
  return {
    repositoryId: origin.repositoryId,
    readAt: origin.readAt,
    number: node.number,
    nodeId: origin.pullRequest,
    title: node.title,
    body: node.body ?? '',
    url: node.url,
    state: node.state,
    isDraft: node.isDraft,
    authorId: node.author?.id ?? null,
    authorAssociation: node.authorAssociation,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    closedAt: node.closedAt ?? null,
    mergedAt: node.mergedAt ?? null,
    mergedById: node.mergedBy?.id ?? null,
    mergeCommit: node.mergeCommit?.oid ?? null,
    baseRefName: node.baseRefName,
    baseRefOid: node.baseRefOid,
    headRefName: node.headRefName,
    headRefOid: node.headRefOid,
    headRepository: node.headRepository?.nameWithOwner ?? null,
    additions: node.additions,
    deletions: node.deletions,
    changedFiles: node.changedFiles,
    labels: namesOf(node.labels, (label) => label.name),
    assigneeIds: namesOf(node.assignees, (actor) => actor.id),
    closingIssues: namesOf(node.closingIssuesReferences, (issue) => ({
      repository: issue.repository.nameWithOwner,
      issueRepository: issueRepositoryOf(issue, node),
      number: issue.number,
      title: issue.title,
      authorId: issue.author?.id ?? null,
    })),
    milestone: node.milestone?.title ?? null,
    reviewDecision: node.reviewDecision ?? null,
    rollupState: node.statusCheckRollup?.state ?? null,
  }
}

/**
 * Returns the node id of an issue's repository; null if the pull request is in the same one. Records of
 * earlier shapes have no id: the issue of another repository then gets an empty one, which hides it.
 */
export function issueRepositoryOf(
  issue: ClosingIssue,
  pullRequest: PullRequestNode,
): string | null {
  const { id, nameWithOwner }: Partial<ClosingIssue['repository']> = issue.repository
  if (id !== undefined) return id === pullRequest.repository.id ? null : id
  return pullRequest.url.includes(`/${nameWithOwner}/pull/`) ? null : ''
}

function namesOf<Node, T>(
  list: { nodes: (Node | null)[] } | null | undefined,
  take: (node: Node) => T,
): T[] {
  return (list?.nodes ?? []).flatMap((node) => (node ? [take(node)] : []))
}

interface FoundPullRequest {
  id: string
  readAt: Date
  /** True if git has listed the changed files of its head. */
  isListedByGit: boolean
}

/** Returns stored pull requests that are not deleted, by node id. */
export async function findPullRequests(
  db: Queryable,
  nodeIds: string[],
): Promise<Map<string, FoundPullRequest>> {
  const { rows } = await db.query<FoundPullRequest & { nodeId: string }>(
    `select id, node_id, read_at,
       coalesce(completeness -> 'files' @> jsonb_build_object('source', 'git', 'head', head_ref_oid,
         'total', changed_files), false) as is_listed_by_git
     from pull_request
     where node_id = any($1::text[]) and ${notDeleted('pull_request')}`,
    [nodeIds],
  )
  return new Map(rows.map(({ nodeId, ...row }) => [nodeId, row]))
}
