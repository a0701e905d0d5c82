/** Reads the conversation of a pull request: in full, or first an outline and then selected texts. */
import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Conversation } from './pull-shapes.ts'

/** The metadata of one entry, without its text. */
export interface AuthoredRow {
  id: string
  author: string | null
  isBot: boolean
  /** Size of the text in bytes, known without reading it. */
  size: number
  url: string
  createdAt: Date
  updatedAt: Date
  /** True if hidden on GitHub (comments and reviews only); null if unknown. */
  isMinimized?: boolean | null
  minimizedReason?: string | null
}

export type ThreadPlace = Pick<
  Conversation['reviewThreads'][number],
  'id' | 'path' | 'line' | 'isResolved' | 'isOutdated'
>

/** The entries of a conversation without their texts, so that a page reads only the texts it needs. */
export interface Outline {
  /** `id` is the oid. */
  commits: AuthoredRow[]
  reviews: (AuthoredRow & { state: string; submittedAt: Date | null })[]
  reviewThreads: (ThreadPlace & { comments: (AuthoredRow & { reviewId: string | null })[] })[]
  comments: AuthoredRow[]
}

const AUTHOR_JOIN = `left join github_user u on u.node_id = t.author_id
  where t.pull_request_id = $1 order by t.created_at, t.node_id`
/** The source and order of the rows of each list. */
const ROWS = {
  commits: `from pull_request_commit l join pull_request p on p.id = l.pull_request_id
      join commit t on t.repository_id = p.repository_id and t.oid = l.oid
      left join github_user u on u.node_id = t.author_id
    where l.pull_request_id = $1 order by l.position, l.oid`,
  reviews: `from review t ${AUTHOR_JOIN}`,
  reviewThreads: 'from review_thread t where t.pull_request_id = $1 order by t.node_id',
  reviewComments: `from review_comment t ${AUTHOR_JOIN}`,
  comments: `from comment t ${AUTHOR_JOIN}`,
}
type Columns = Record<keyof typeof ROWS, string>

const PERSON = "json_build_object('login', u.login, 'isBot', u.kind = 'Bot')"
/** Null for a deleted user, who has no row. */
export const USER = (id: string) => `(select ${PERSON} from github_user u where u.node_id = ${id})`
/** Builds an object with one field, as GitHub returns it; null stays null. */
export const OBJECT = (field: string, value: string) =>
  `case when ${value} is not null then json_build_object('${field}', ${value}) end`

const AUTHOR = `case when u.login is not null then ${PERSON} end`
const FULL_TEXT = `t.node_id as id, ${AUTHOR} as author, t.author_association, t.body, t.url,
  t.created_at, t.updated_at, t.is_minimized, t.minimized_reason`
const CONVERSATION: Columns = {
  commits: `t.oid, t.message, t.url, t.authored_at as authored_date,
    t.committed_at as committed_date, t.additions, t.deletions,
    t.changed_files as changed_files_if_available,
    json_build_object('name', t.author_name, 'user', ${AUTHOR}) as author,
    json_build_object('name', t.committer_name, 'user', ${USER('t.committer_id')}) as committer`,
  reviews: `${FULL_TEXT}, t.state, t.submitted_at, ${OBJECT('oid', 't.commit_oid')} as commit`,
  reviewThreads: `t.node_id as id, t.path, t.line, t.diff_side, t.is_resolved,
    ${USER('t.resolved_by_id')} as resolved_by, t.is_outdated`,
  reviewComments: `${FULL_TEXT}, t.thread_id, t.path, t.diff_hunk,
    ${OBJECT('id', 't.reply_to_id')} as reply_to,
    ${OBJECT('id', 't.review_id')} as pull_request_review`,
  comments: FULL_TEXT,
}

const IS_BOT = `coalesce(u.kind = 'Bot', false) as is_bot`
const BRIEF = `t.node_id as id, u.login as author, ${IS_BOT}, octet_length(t.body) as size, t.url,
  t.created_at, t.updated_at, t.is_minimized, t.minimized_reason`
const OUTLINE: Columns = {
  commits: `t.oid as id, coalesce(u.login, t.author_name) as author, ${IS_BOT},
    octet_length(t.message) as size, t.url, t.committed_at as created_at,
    t.committed_at as updated_at`,
  reviews: `${BRIEF}, t.state, t.submitted_at`,
  reviewThreads: 't.node_id as id, t.path, t.line, t.is_resolved, t.is_outdated',
  reviewComments: `${BRIEF}, t.thread_id, t.review_id`,
  comments: BRIEF,
}

export async function readConversation(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
): Promise<Conversation> {
  type Lists = Conversation
  const values = [pullRequestId]
  const commits = await db.query<Lists['commits'][number]>(
    `select ${CONVERSATION.commits} ${ROWS.commits}`,
    values,
  )
  const reviews = await db.query<Lists['reviews'][number]>(
    `select ${CONVERSATION.reviews} ${ROWS.reviews}`,
    values,
  )
  const threads = await db.query<ThreadRow<Lists>>(
    `select ${CONVERSATION.reviewThreads} ${ROWS.reviewThreads}`,
    values,
  )
  const inThreads = await db.query<ThreadCommentRow<Lists>>(
    `select ${CONVERSATION.reviewComments} ${ROWS.reviewComments}`,
    values,
  )
  const comments = await db.query<Lists['comments'][number]>(
    `select ${CONVERSATION.comments} ${ROWS.comments}`,
    values,
  )
  return {
    commits: commits.rows,
    reviews: reviews.rows,
    reviewThreads: joinThreads(threads.rows, inThreads.rows),
    comments: comments.rows,
  }
}

export async function readOutline(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
): Promise<Outline> {
  type Lists = Outline
  const values = [pullRequestId]
  const commits = await db.query<Lists['commits'][number]>(
    `select ${OUTLINE.commits} ${ROWS.commits}`,
    values,
  )
  const reviews = await db.query<Lists['reviews'][number]>(
    `select ${OUTLINE.reviews} ${ROWS.reviews}`,
    values,
  )
  const threads = await db.query<ThreadRow<Lists>>(
    `select ${OUTLINE.reviewThreads} ${ROWS.reviewThreads}`,
    values,
  )
  const inThreads = await db.query<ThreadCommentRow<Lists>>(
    `select ${OUTLINE.reviewComments} ${ROWS.reviewComments}`,
    values,
  )
  const comments = await db.query<Lists['comments'][number]>(
    `select ${OUTLINE.comments} ${ROWS.comments}`,
    values,
  )
  return {
    commits: commits.rows,
    reviews: reviews.rows,
    reviewThreads: joinThreads(threads.rows, inThreads.rows),
    comments: comments.rows,
  }
}

interface Threads {
  reviewThreads: { id: string; comments: object[] }[]
}
type ThreadRow<Lists extends Threads> = Omit<Lists['reviewThreads'][number], 'comments'>
type ThreadCommentRow<Lists extends Threads> = Lists['reviewThreads'][number]['comments'][number] &
  Answer

interface Answer {
  threadId: string
  createdAt: Date
}

/** Adds the comments to their threads, and sorts the threads by the time of their first comment. */
function joinThreads<Thread extends { id: string }, Comment extends Answer>(
  threads: Thread[],
  comments: Comment[],
) {
  const byThread = new Map(threads.map(({ id }) => [id, [] as Omit<Comment, 'threadId'>[]]))
  for (const { threadId, ...comment } of comments) byThread.get(threadId)?.push(comment)
  return threads
    .map((thread) => ({ ...thread, comments: byThread.get(thread.id) ?? [] }))
    .sort((a, b) => beginOf(a.comments[0]) - beginOf(b.comments[0]))
}

function beginOf(first: { createdAt: Date } | undefined): number {
  return first?.createdAt.getTime() ?? Number.MAX_SAFE_INTEGER
}

/** Texts of a pull request by entry id: text by users, not sanitised. */
export type Texts = Map<string, { text: string; diffHunk: string | null }>

export async function readTexts(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
  entries: { id: string }[],
): Promise<Texts> {
  const { rows } = await db.query<{ id: string; text: string; diffHunk: string | null }>(
    `select node_id as id, body as text, null as diff_hunk from pull_request
       where id = $1 and node_id = any($2::text[])
     union all select node_id, body, null from comment
       where pull_request_id = $1 and node_id = any($2::text[])
     union all select node_id, body, null from review
       where pull_request_id = $1 and node_id = any($2::text[])
     union all select node_id, body, diff_hunk from review_comment
       where pull_request_id = $1 and node_id = any($2::text[])
     union all select c.oid, c.message, null
       from pull_request p join commit c on c.repository_id = p.repository_id
       where p.id = $1 and c.oid = any($2::text[])`,
    [pullRequestId, entries.map(({ id }) => id)],
  )
  return new Map(rows.map(({ id, ...authored }) => [id, authored]))
}
