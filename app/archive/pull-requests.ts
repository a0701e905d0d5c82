/** One pull request with all that was said in it, in the words of GitHub's GraphQL API. */

import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

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
  id: ReadablePullRequestId
  nodeId: string
  fullName: string
  number: number
  title: string
  body: string
  url: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  isDraft: boolean
  author: Person | null
  authorAssociation: string
  createdAt: Date
  updatedAt: Date
  closedAt: Date | null
  mergedAt: Date | null
  mergedBy: Person | null
  mergeCommit: string | null
  baseRefName: string
  baseRefOid: string
  headRefName: string
  headRefOid: string
  headRepository: string | null
  additions: number
  deletions: number
  changedFiles: number
  labels: string[]
  assignees: string[]
  milestone: string | null
  closingIssues: { number: number; title: string; repository: string }[]
  reviewDecision: string | null
  rollupState: string | null
  readAt: Date
  completeness: Record<string, ListStanding>
  isComplete: boolean
  checkedAt: Date | null
}

interface CommitView {
  oid: string
  message: string
  url: string
  authoredDate: Date
  committedDate: Date
  additions: number
  deletions: number
  changedFilesIfAvailable: number | null
  author: { name: string | null; user: Person | null }
  committer: { name: string | null; user: Person | null }
}

interface SaidView {
  id: string
  author: Person | null
  authorAssociation: string
  body: string
  url: string
  createdAt: Date
  updatedAt: Date
  isMinimized: boolean | null
  minimizedReason: string | null
}

interface ReviewView extends SaidView {
  state: string
  submittedAt: Date | null
  commit: { oid: string } | null
}

interface ReviewCommentView extends SaidView {
  path: string
  diffHunk: string
  replyTo: { id: string } | null
  pullRequestReview: { id: string } | null
}

interface ThreadView {
  id: string
  path: string
  line: number | null
  diffSide: string
  isResolved: boolean
  resolvedBy: Person | null
  isOutdated: boolean
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

// What comments and reviews have in common.
const SAID = `t.node_id as id, ${USER('t.author_id')} as author, t.author_association, t.body, t.url,
  t.created_at, t.updated_at, t.is_minimized, t.minimized_reason`

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
  const { values, bind } = parametersOf([fullName, number])
  const { rows } = await db.query<PullRow>(
    `select p.id, p.node_id, r.full_name, p.number, p.title, p.body, p.url, p.state, p.is_draft,
       p.author_association, p.created_at, p.updated_at, p.closed_at, p.merged_at, p.merge_commit,
       p.base_ref_name, p.base_ref_oid, p.head_ref_name, p.head_ref_oid, p.head_repository,
       p.additions, p.deletions, p.changed_files, p.labels, p.milestone, p.closing_issues,
       p.review_decision, p.rollup_state, p.read_at, p.completeness, p.is_complete, p.checked_at,
       ${USER('p.author_id')} as author, ${USER('p.merged_by_id')} as merged_by,
       array(select u.login from unnest(p.assignee_ids) with ordinality a (id, position)
         join github_user u on u.node_id = a.id order by a.position) as assignees
     from repository r join pull_request p on p.repository_id = r.id
     where lower(r.full_name) = lower($1) and ${visible(scope, 'r')(bind)}
       and p.number = $2 and ${notDeleted('p')}
     order by p.read_at desc limit 1`,
    values,
  )
  const [row] = rows
  return row ? { rowId: row.id, facts: describePull(row) } : null
}

function describePull(row: PullRow) {
  return {
    id: row.nodeId,
    repository: { nameWithOwner: row.fullName },
    number: row.number,
    title: row.title,
    body: row.body,
    url: row.url,
    state: row.state,
    isDraft: row.isDraft,
    author: row.author,
    authorAssociation: row.authorAssociation,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    closedAt: row.closedAt,
    mergedAt: row.mergedAt,
    mergedBy: row.mergedBy,
    mergeCommit: row.mergeCommit === null ? null : { oid: row.mergeCommit },
    baseRefName: row.baseRefName,
    baseRefOid: row.baseRefOid,
    headRefName: row.headRefName,
    headRefOid: row.headRefOid,
    headRepository: row.headRepository === null ? null : { nameWithOwner: row.headRepository },
    additions: row.additions,
    deletions: row.deletions,
    changedFiles: row.changedFiles,
    labels: row.labels.map((name) => ({ name })),
    assignees: row.assignees.map((login) => ({ login })),
    milestone: row.milestone === null ? null : { title: row.milestone },
    closingIssuesReferences: row.closingIssues.map(({ repository, ...issue }) => ({
      ...issue,
      repository: { nameWithOwner: repository },
    })),
    reviewDecision: row.reviewDecision,
    statusCheckRollup: row.rollupState === null ? null : { state: row.rollupState },
    completeness: completenessOf(row.completeness),
    isComplete: row.isComplete,
    checkedAt: row.checkedAt,
    readAt: row.readAt,
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

async function readConversation(db: Queryable, pullRequestId: ReadablePullRequestId) {
  return {
    commits: await readCommits(db, pullRequestId),
    reviews: await readReviews(db, pullRequestId),
    reviewThreads: await readThreads(db, pullRequestId),
    comments: await readComments(db, pullRequestId),
  }
}

async function readCommits(db: Queryable, pullRequestId: ReadablePullRequestId) {
  const { rows } = await db.query<CommitView>(
    `select c.oid, c.message, c.url, c.authored_at as authored_date,
       c.committed_at as committed_date, c.additions, c.deletions,
       c.changed_files as changed_files_if_available,
       json_build_object('name', c.author_name, 'user', ${USER('c.author_id')}) as author,
       json_build_object('name', c.committer_name, 'user', ${USER('c.committer_id')}) as committer
     from pull_request_commit l join pull_request p on p.id = l.pull_request_id
       join commit c on c.repository_id = p.repository_id and c.oid = l.oid
     where l.pull_request_id = $1 order by l.position, l.oid`,
    [pullRequestId],
  )
  return rows
}

async function readReviews(db: Queryable, pullRequestId: ReadablePullRequestId) {
  const { rows } = await db.query<ReviewView>(
    `select ${SAID}, t.state, t.submitted_at,
       case when t.commit_oid is not null then json_build_object('oid', t.commit_oid) end as commit
     from review t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  return rows
}

async function readComments(db: Queryable, pullRequestId: ReadablePullRequestId) {
  const { rows } = await db.query<SaidView>(
    `select ${SAID} from comment t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  return rows
}

async function readThreads(db: Queryable, pullRequestId: ReadablePullRequestId) {
  const { rows: threads } = await db.query<ThreadView>(
    `select t.node_id as id, t.path, t.line, t.diff_side,
       t.is_resolved, ${USER('t.resolved_by_id')} as resolved_by,
       t.is_outdated
     from review_thread t where t.pull_request_id = $1
     order by (select min(created_at) from review_comment c where c.thread_id = t.node_id), t.node_id`,
    [pullRequestId],
  )
  const { rows: comments } = await db.query<ReviewCommentView & { threadId: string }>(
    `select ${SAID}, t.thread_id, t.path, t.diff_hunk,
       case when t.reply_to_id is not null then json_build_object('id', t.reply_to_id) end
         as reply_to,
       case when t.review_id is not null then json_build_object('id', t.review_id) end
         as pull_request_review
     from review_comment t where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    [pullRequestId],
  )
  const byThread = new Map<string, ReviewCommentView[]>(threads.map((thread) => [thread.id, []]))
  for (const { threadId, ...comment } of comments) byThread.get(threadId)?.push(comment)
  return threads.map((thread) => ({ ...thread, comments: byThread.get(thread.id) }))
}
