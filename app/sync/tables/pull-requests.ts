import { type Columns, columnsOf, latestOf, type Nested } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'

export interface PullRequestRow extends Nested {
  number: number
  title: string
  body: string
  url: string
  state: string
  isDraft: boolean
  authorId: string | null
  authorAssociation: string
  createdAt: string
  updatedAt: string
  closedAt: string | null
  mergedAt: string | null
  mergedById: string | null
  mergeCommit: string | null
  baseRefName: string
  baseRefOid: string
  headRefName: string
  headRefOid: string
  headRepository: string | null
  additions: number
  deletions: number
  changedFiles: number
  /** These three as JSON: `unnest` would take an array of arrays apart. */
  labels: string
  assigneeIds: string
  closingIssues: string
  milestone: string | null
  reviewDecision: string | null
  rollupState: string | null
}

export function rowOfPullRequest(node: PullRequestNode, origin: Nested): PullRequestRow {
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    number: node.number,
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
    labels: JSON.stringify(namesOf(node.labels, (label) => label.name)),
    assigneeIds: JSON.stringify(namesOf(node.assignees, (actor) => actor.id)),
    closingIssues: JSON.stringify(
      namesOf(node.closingIssuesReferences, ({ repository, number, title }) => ({
        repository: repository.nameWithOwner,
        number,
        title,
      })),
    ),
    milestone: node.milestone?.title ?? null,
    reviewDecision: node.reviewDecision ?? null,
    rollupState: node.statusCheckRollup?.state ?? null,
  }
}

function namesOf<Node, T>(
  list: { nodes: (Node | null)[] } | null | undefined,
  take: (node: Node) => T,
): T[] {
  return (list?.nodes ?? []).flatMap((node) => (node ? [take(node)] : []))
}

/** Writes pull requests that no later snapshot wrote; one that was deleted here lives again. */
export async function writePullRequests(tx: Queryable, all: PullRequestRow[]): Promise<void> {
  const rows = latestOf(all, (row) => row.pullRequest)
  if (rows.length === 0) return
  await tx.query(
    `insert into pull_request (node_id, repository_id, number, title, body, url, state, is_draft,
       author_id, author_association, created_at, updated_at, closed_at, merged_at, merged_by_id,
       merge_commit, base_ref_name, base_ref_oid, head_ref_name, head_ref_oid, head_repository,
       additions, deletions, changed_files, milestone, review_decision, rollup_state, labels,
       assignee_ids, closing_issues, read_at)
     select n.node_id, n.repository_id, n.number, n.title, n.body, n.url, n.state, n.is_draft,
       n.author_id, n.author_association, n.created_at, n.updated_at, n.closed_at, n.merged_at,
       n.merged_by_id, n.merge_commit, n.base_ref_name, n.base_ref_oid, n.head_ref_name,
       n.head_ref_oid, n.head_repository, n.additions, n.deletions, n.changed_files, n.milestone,
       n.review_decision, n.rollup_state, array(select jsonb_array_elements_text(n.labels)),
       array(select jsonb_array_elements_text(n.assignee_ids)), n.closing_issues, n.read_at
     from unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
         $8::boolean[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[],
         $13::timestamptz[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::text[],
         $19::text[], $20::text[], $21::text[], $22::int[], $23::int[], $24::int[], $25::text[],
         $26::text[], $27::text[], $28::jsonb[], $29::jsonb[], $30::jsonb[], $31::timestamptz[])
       as n (node_id, repository_id, number, title, body, url, state, is_draft, author_id,
         author_association, created_at, updated_at, closed_at, merged_at, merged_by_id,
         merge_commit, base_ref_name, base_ref_oid, head_ref_name, head_ref_oid, head_repository,
         additions, deletions, changed_files, milestone, review_decision, rollup_state, labels,
         assignee_ids, closing_issues, read_at)
     order by node_id
     on conflict (node_id) do update set repository_id = excluded.repository_id,
       number = excluded.number, title = excluded.title, body = excluded.body, url = excluded.url,
       state = excluded.state, is_draft = excluded.is_draft, author_id = excluded.author_id,
       author_association = excluded.author_association, created_at = excluded.created_at,
       updated_at = excluded.updated_at, closed_at = excluded.closed_at,
       merged_at = excluded.merged_at, merged_by_id = excluded.merged_by_id,
       merge_commit = excluded.merge_commit, base_ref_name = excluded.base_ref_name,
       base_ref_oid = excluded.base_ref_oid, head_ref_name = excluded.head_ref_name,
       head_ref_oid = excluded.head_ref_oid, head_repository = excluded.head_repository,
       additions = excluded.additions, deletions = excluded.deletions,
       changed_files = excluded.changed_files, milestone = excluded.milestone,
       review_decision = excluded.review_decision, rollup_state = excluded.rollup_state,
       labels = excluded.labels, assignee_ids = excluded.assignee_ids,
       closing_issues = excluded.closing_issues, read_at = excluded.read_at, deleted_at = null
     where pull_request.read_at <= excluded.read_at`,
    columnsOf(rows, COLUMNS),
  )
}

const COLUMNS = {
  pullRequest: 'text',
  repositoryId: 'bigint',
  number: 'int',
  title: 'text',
  body: 'text',
  url: 'text',
  state: 'text',
  isDraft: 'boolean',
  authorId: 'text',
  authorAssociation: 'text',
  createdAt: 'timestamptz',
  updatedAt: 'timestamptz',
  closedAt: 'timestamptz',
  mergedAt: 'timestamptz',
  mergedById: 'text',
  mergeCommit: 'text',
  baseRefName: 'text',
  baseRefOid: 'text',
  headRefName: 'text',
  headRefOid: 'text',
  headRepository: 'text',
  additions: 'int',
  deletions: 'int',
  changedFiles: 'int',
  milestone: 'text',
  reviewDecision: 'text',
  rollupState: 'text',
  labels: 'jsonb',
  assigneeIds: 'jsonb',
  closingIssues: 'jsonb',
  readAt: 'timestamptz',
} as const satisfies Columns<PullRequestRow>

/** The ids of pull requests that are stored and not deleted, by node id. */
export async function findPullRequests(
  db: Queryable,
  nodeIds: string[],
): Promise<Map<string, { id: string; readAt: Date }>> {
  const { rows } = await db.query<{ id: string; nodeId: string; readAt: Date }>(
    `select id, node_id, read_at from pull_request
     where node_id = any($1::text[]) and ${notDeleted('pull_request')}`,
    [nodeIds],
  )
  return new Map(rows.map(({ nodeId, ...row }) => [nodeId, row]))
}
