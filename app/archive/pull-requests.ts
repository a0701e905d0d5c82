/** One pull request with all that was said in it, in the words of GitHub's GraphQL API. */
import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/transaction.server.ts'

interface Person {
  login: string
  isBot: boolean
}

/** A list held against GitHub's own count. */
export interface ListStanding {
  total: number | null
  stored: number | null
  state: string
  reason?: string
}

interface PullRow {
  id: string
  node_id: string
  full_name: string
  number: number
  title: string
  body: string
  url: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  is_draft: boolean
  author: Person | null
  author_association: string
  created_at: Date
  updated_at: Date
  closed_at: Date | null
  merged_at: Date | null
  merged_by: Person | null
  merge_commit: string | null
  base_ref_name: string
  base_ref_oid: string
  head_ref_name: string
  head_ref_oid: string
  head_repository: string | null
  additions: number
  deletions: number
  changed_files: number
  labels: string[]
  assignees: string[]
  milestone: string | null
  closing_issues: { number: number; title: string; repository: string }[]
  review_decision: string | null
  rollup_state: string | null
  read_at: Date
  completeness: Record<string, ListStanding>
  is_complete: boolean
  checked_at: Date | null
}

const LISTS = [
  'commits',
  'reviews',
  'reviewThreads',
  'reviewComments',
  'comments',
  'labels',
  'assignees',
] as const

// Keys between quotes are GitHub's names of the fields; a person without a row has left GitHub.
const USER = (id: string) =>
  `(select json_build_object('login', u.login, 'isBot', u.kind = 'Bot')
     from github_user u where u.node_id = ${id})`

const UNKNOWN = { total: null, stored: null, state: 'unknown' }

interface PullName {
  /** `owner/name`, in any case. */
  fullName: string
  number: number
}

/** @returns null when there is none in scope that is to be shown. */
export async function readPull(db: Queryable, scope: Scope, name: PullName) {
  const found = await readPullFacts(db, scope, name)
  return found ? { ...found.facts, ...(await readConversation(db, found.rowId)) } : null
}

/** The same without the conversation, and the row by which that can be read. */
export async function readPullFacts(db: Queryable, scope: Scope, { fullName, number }: PullName) {
  const { rows } = await db.query<PullRow>(
    `select p.*, r.full_name, ${USER('p.author_id')} as author, ${USER('p.merged_by_id')} as merged_by,
       array(select u.login from unnest(p.assignee_ids) with ordinality a (id, position)
         join github_user u on u.node_id = a.id order by a.position) as assignees
     from repository r join pull_request p on p.repository_id = r.id
     where lower(r.full_name) = lower($2) and r.hidden_at is null
       and ($1::bigint[] is null or r.installation_id = any($1))
       and p.number = $3 and p.deleted_at is null
     order by p.read_at desc limit 1`,
    [scope.installations, fullName, number],
  )
  const [row] = rows
  return row ? { rowId: row.id, facts: describePull(row) } : null
}

function describePull(row: PullRow) {
  return {
    id: row.node_id,
    repository: { nameWithOwner: row.full_name },
    number: row.number,
    title: row.title,
    body: row.body,
    url: row.url,
    state: row.state,
    isDraft: row.is_draft,
    author: row.author,
    authorAssociation: row.author_association,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    closedAt: row.closed_at,
    mergedAt: row.merged_at,
    mergedBy: row.merged_by,
    mergeCommit: row.merge_commit === null ? null : { oid: row.merge_commit },
    baseRefName: row.base_ref_name,
    baseRefOid: row.base_ref_oid,
    headRefName: row.head_ref_name,
    headRefOid: row.head_ref_oid,
    headRepository: row.head_repository === null ? null : { nameWithOwner: row.head_repository },
    additions: row.additions,
    deletions: row.deletions,
    changedFiles: row.changed_files,
    labels: row.labels.map((name) => ({ name })),
    assignees: row.assignees.map((login) => ({ login })),
    milestone: row.milestone === null ? null : { title: row.milestone },
    closingIssuesReferences: row.closing_issues.map(({ repository, ...issue }) => ({
      ...issue,
      repository: { nameWithOwner: repository },
    })),
    reviewDecision: row.review_decision,
    statusCheckRollup: row.rollup_state === null ? null : { state: row.rollup_state },
    completeness: completenessOf(row.completeness),
    isComplete: row.is_complete,
    checkedAt: row.checked_at,
    readAt: row.read_at,
  }
}

/** Of every list, under GitHub's names. */
function completenessOf({
  closingIssues,
  ...stored
}: PullRow['completeness']): Record<string, ListStanding> {
  const unknown = Object.fromEntries(LISTS.map((list) => [list, UNKNOWN]))
  return { ...unknown, closingIssuesReferences: closingIssues ?? UNKNOWN, ...stored }
}

async function readConversation(db: Queryable, pullRequestId: string) {
  return {
    commits: await readCommits(db, pullRequestId),
    reviews: await readReviews(db, pullRequestId),
    reviewThreads: await readThreads(db, pullRequestId),
    comments: await readComments(db, pullRequestId),
  }
}

async function readCommits(db: Queryable, pullRequestId: string) {
  const { rows } = await db.query(
    `select c.oid, c.message, c.url, c.authored_at as "authoredDate",
       c.committed_at as "committedDate", c.additions, c.deletions,
       c.changed_files as "changedFilesIfAvailable",
       json_build_object('name', c.author_name, 'user', ${USER('c.author_id')}) as author,
       json_build_object('name', c.committer_name, 'user', ${USER('c.committer_id')}) as committer
     from pull_request_commit l join pull_request p on p.id = l.pull_request_id
       join commit c on c.repository_id = p.repository_id and c.oid = l.oid
     where l.pull_request_id = $1 order by l.position, l.oid`,
    [pullRequestId],
  )
  return rows
}

async function readReviews(db: Queryable, pullRequestId: string) {
  const { rows } = await db.query(
    `select t.node_id as id, ${USER('t.author_id')} as author,
       t.author_association as "authorAssociation", t.state, t.body, t.url,
       t.created_at as "createdAt", t.updated_at as "updatedAt", t.submitted_at as "submittedAt",
       case when t.commit_oid is not null then json_build_object('oid', t.commit_oid) end as commit
     from review t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  return rows
}

async function readComments(db: Queryable, pullRequestId: string) {
  const { rows } = await db.query(
    `select t.node_id as id, ${USER('t.author_id')} as author,
       t.author_association as "authorAssociation", t.body, t.url, t.created_at as "createdAt",
       t.updated_at as "updatedAt"
     from comment t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  return rows
}

async function readThreads(db: Queryable, pullRequestId: string) {
  const { rows: threads } = await db.query(
    `select t.node_id as id, t.path, t.line, t.diff_side as "diffSide",
       t.is_resolved as "isResolved", ${USER('t.resolved_by_id')} as "resolvedBy",
       t.is_outdated as "isOutdated"
     from review_thread t where t.pull_request_id = $1
     order by (select min(created_at) from review_comment c where c.thread_id = t.node_id), t.node_id`,
    [pullRequestId],
  )
  const { rows: comments } = await db.query(
    `select t.thread_id, t.node_id as id, ${USER('t.author_id')} as author,
       t.author_association as "authorAssociation", t.body, t.path, t.diff_hunk as "diffHunk", t.url,
       t.created_at as "createdAt", t.updated_at as "updatedAt",
       case when t.reply_to_id is not null then json_build_object('id', t.reply_to_id) end
         as "replyTo",
       case when t.review_id is not null then json_build_object('id', t.review_id) end
         as "pullRequestReview"
     from review_comment t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  const byThread = new Map<string, unknown[]>(threads.map((thread) => [thread.id, []]))
  for (const { thread_id, ...comment } of comments) byThread.get(thread_id)?.push(comment)
  return threads.map((thread) => ({ ...thread, comments: byThread.get(thread.id) }))
}
