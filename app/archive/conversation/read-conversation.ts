/** A conversation in two readings, so that what is long is not read whole for one page of it. */
import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Entry, Outline } from './timeline.ts'

/** By the id of an entry. User text, not sanitised. */
export type Texts = Map<string, { text: string; diffHunk: string | null }>

// The size of a text is known without reading it.
const IS_BOT = `coalesce(u.kind = 'Bot', false) as is_bot`
const SAID = `t.node_id as id, u.login as author, ${IS_BOT}, octet_length(t.body) as size, t.url,
  t.created_at, t.updated_at`
const MINIMIZED = 't.is_minimized, t.minimized_reason'
const AUTHOR = 'left join github_user u on u.node_id = t.author_id'

export async function readOutline(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
): Promise<Outline> {
  const [description] = await rowsOf<Outline['description']>(
    db,
    `select ${SAID} from pull_request t ${AUTHOR} where t.id = $1`,
    pullRequestId,
  )
  if (!description) throw new Error(`There is no pull request in row ${pullRequestId}`)
  const comments = await rowsOf<Outline['comments'][number]>(
    db,
    `select ${SAID}, ${MINIMIZED} from comment t ${AUTHOR}
     where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    pullRequestId,
  )
  const reviews = await rowsOf<Outline['reviews'][number]>(
    db,
    `select ${SAID}, ${MINIMIZED}, t.state, t.submitted_at from review t ${AUTHOR}
     where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    pullRequestId,
  )
  const reviewThreads = await readThreads(db, pullRequestId)
  const commits = await readCommits(db, pullRequestId)
  return { description, comments, reviews, reviewThreads, commits }
}

function readCommits(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
): Promise<Outline['commits']> {
  return rowsOf(
    db,
    `select c.oid as id, coalesce(u.login, c.author_name) as author, ${IS_BOT},
       octet_length(c.message) as size, c.url, c.committed_at as created_at,
       c.committed_at as updated_at
     from pull_request_commit l join pull_request p on p.id = l.pull_request_id
       join commit c on c.repository_id = p.repository_id and c.oid = l.oid
       left join github_user u on u.node_id = c.author_id
     where l.pull_request_id = $1 order by l.position, l.oid`,
    pullRequestId,
  )
}

type Thread = Outline['reviewThreads'][number]

async function readThreads(db: Queryable, pullRequestId: ReadablePullRequestId): Promise<Thread[]> {
  const threads = await rowsOf<Omit<Thread, 'comments'>>(
    db,
    `select t.node_id as id, t.path, t.line, t.is_resolved,
       t.is_outdated
     from review_thread t where t.pull_request_id = $1 order by t.node_id`,
    pullRequestId,
  )
  const comments = await rowsOf<Thread['comments'][number] & { threadId: string }>(
    db,
    `select ${SAID}, ${MINIMIZED}, t.thread_id, t.review_id
     from review_comment t ${AUTHOR}
     where t.pull_request_id = $1 order by t.created_at, t.node_id`,
    pullRequestId,
  )
  const byThread = new Map<string, Thread['comments']>(threads.map(({ id }) => [id, []]))
  for (const { threadId, ...comment } of comments) byThread.get(threadId)?.push(comment)
  return threads.map((thread) => ({ ...thread, comments: byThread.get(thread.id) ?? [] }))
}

async function rowsOf<Row extends object>(
  db: Queryable,
  sql: string,
  pullRequestId: ReadablePullRequestId,
): Promise<Row[]> {
  return (await db.query<Row>(sql, [pullRequestId])).rows
}

/** What these entries of a pull request say. */
export async function readTexts(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
  entries: Entry[],
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
  return new Map(rows.map(({ id, ...said }) => [id, said]))
}
