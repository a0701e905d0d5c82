/**
 * Erases what one person wrote, in the tables and in the raw records. The objects stay as tombstones without
 * text, so that the copy still agrees with GitHub's counts; their author is shown as `ghost`. What GitHub
 * returns later is stored without their texts too.
 */
import { type Actor, recordEntry } from '#app/audit/record-entry.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { forgetAuthors } from '#app/search/write/forget-passages.ts'
import { forgetPerson } from '#app/sign-in/forget-people.ts'
import { buryAs, tombstoneOf } from '../complete/delete-rows.ts'
import { ERASED_TITLE, GHOST, withoutTextsOf } from '../records/erased-people.ts'
import { comments } from '../tables/comments.ts'
import { pullRequests } from '../tables/pull-requests.ts'
import { reviewComments } from '../tables/review-comments.ts'
import { reviews } from '../tables/reviews.ts'

const BATCH = 500
const RECORDS = 200

/** How many objects lost their text, and how many records and passages. */
export interface ErasedPerson {
  pullRequests: number
  reviews: number
  reviewComments: number
  comments: number
  commits: number
  /** Pull requests that close an issue of the person. */
  closingIssues: number
  passages: number
  rawRecords: number
}

/**
 * Erases the texts of a person. Idempotent: a call that was interrupted is repeated.
 *
 * @param login as the copy shows it; case does not matter.
 * @throws OperatorError if the copy has nobody with this login.
 */
export async function erasePerson(
  { pool, prisma }: Pick<Database, 'pool' | 'prisma'>,
  login: string,
  actor: Actor,
): Promise<ErasedPerson> {
  const people = await suppress(pool, login)
  const erased = {
    pullRequests: await eraseIn(pool, people, erasePullRequests),
    reviews: await eraseIn(pool, people, eraseReviews),
    reviewComments: await eraseIn(pool, people, eraseReviewComments),
    comments: await eraseIn(pool, people, eraseComments),
    commits: await eraseIn(pool, people, eraseCommits),
    closingIssues: await eraseIn(pool, people, eraseClosingIssues),
    passages: await eraseIn(pool, people, (tx) => forgetAuthors(tx, people, BATCH)),
    rawRecords: await eraseRecords(pool, people),
  }
  await pool.query('update github_user set login = $2 where node_id = any($1::text[])', [
    people,
    GHOST,
  ])
  await forgetPerson(pool, login)
  // By id, because the entry outlives the name.
  await recordEntry(await prisma(), {
    ...{ actor, action: 'person.erased', installationId: null, subject: people.join(', ') },
    details: erased,
  })
  return erased
}

/** Records the person first, so that whatever is stored from now on lacks their texts. */
async function suppress(pool: Pool, login: string): Promise<string[]> {
  const { rows } = await pool.query<{ nodeId: string }>(
    `insert into erased_person (node_id)
     select node_id from github_user where lower(login) = lower($1)
     on conflict (node_id) do update set node_id = excluded.node_id returning node_id`,
    [login],
  )
  if (rows.length > 0 && login.toLowerCase() !== GHOST) return rows.map((row) => row.nodeId)
  throw new OperatorError(
    `Nobody with the login ${login} is in the copy`,
    'Use the login as a page or a search shows it, such as octocat or dependabot[bot].',
  )
}

type EraseBatch = (tx: Queryable, people: string[]) => Promise<number>

async function eraseIn(pool: Pool, people: string[], erase: EraseBatch): Promise<number> {
  let erased = 0
  for (;;) {
    const count = await transaction(pool, (tx) => erase(tx, people))
    erased += count
    if (count < BATCH) return erased
  }
}

const FOUND = 'x where x.node_id = any($1::text[])'

async function erasePullRequests(tx: Queryable, people: string[]): Promise<number> {
  const { rows } = await tx.query<{ nodeId: string }>(
    `update pull_request set title = $2, body = '' where id in (
       select id from pull_request where author_id = any($1::text[]) and (title <> $2 or body <> '')
       order by id limit $3) returning node_id`,
    [people, ERASED_TITLE, BATCH],
  )
  const ids = rows.map((row) => row.nodeId)
  await tx.query(buryAs(tombstoneOf(pullRequests, `pull_request ${FOUND}`)), [ids])
  return ids.length
}

async function eraseReviews(tx: Queryable, people: string[]): Promise<number> {
  const { rows } = await tx.query<{ nodeId: string }>(
    `update review set body = '' where node_id in (
       select node_id from review where author_id = any($1::text[]) and body <> ''
       order by node_id limit $2) returning node_id`,
    [people, BATCH],
  )
  const ids = rows.map((row) => row.nodeId)
  await tx.query(buryAs(tombstoneOf(reviews, `review ${FOUND}`)), [ids])
  return ids.length
}

async function eraseReviewComments(tx: Queryable, people: string[]): Promise<number> {
  const { rows } = await tx.query<{ nodeId: string }>(
    `update review_comment set body = '', diff_hunk = '' where node_id in (
       select node_id from review_comment
       where author_id = any($1::text[]) and (body <> '' or diff_hunk <> '')
       order by node_id limit $2) returning node_id`,
    [people, BATCH],
  )
  const ids = rows.map((row) => row.nodeId)
  await tx.query(buryAs(tombstoneOf(reviewComments, `review_comment ${FOUND}`)), [ids])
  return ids.length
}

async function eraseComments(tx: Queryable, people: string[]): Promise<number> {
  const { rows } = await tx.query<{ nodeId: string }>(
    `update comment set body = '' where node_id in (
       select node_id from comment where author_id = any($1::text[]) and body <> ''
       order by node_id limit $2) returning node_id`,
    [people, BATCH],
  )
  const ids = rows.map((row) => row.nodeId)
  await tx.query(buryAs(tombstoneOf(comments, `comment ${FOUND}`)), [ids])
  return ids.length
}

/** Erases messages by the author, and the names of author and committer. */
async function eraseCommits(tx: Queryable, people: string[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update commit set
       message = case when author_id = any($1::text[]) then '' else message end,
       author_name = case when author_id = any($1::text[]) then null else author_name end,
       author_email_hash = case when author_id = any($1::text[]) then null else author_email_hash end,
       committer_name = case when committer_id = any($1::text[]) then null else committer_name end,
       committer_email_hash =
         case when committer_id = any($1::text[]) then null else committer_email_hash end
     where (repository_id, oid) in (
       select repository_id, oid from commit
       where author_id = any($1::text[])
           and (message <> '' or author_name is not null or author_email_hash is not null)
         or committer_id = any($1::text[])
           and (committer_name is not null or committer_email_hash is not null)
       order by repository_id, oid limit $2)`,
    [people, BATCH],
  )
  return rowCount
}

/** Erases the titles of issues that pull requests close. */
async function eraseClosingIssues(tx: Queryable, people: string[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update pull_request set closing_issues = (
       select jsonb_agg(case when e ->> 'authorId' = any($1::text[])
         then e || jsonb_build_object('title', $2::text) else e end order by position)
       from jsonb_array_elements(closing_issues) with ordinality l (e, position))
     where id in (
       select id from pull_request where closing_issues <> '[]' and exists (
         select from jsonb_array_elements(closing_issues) e
         where e ->> 'authorId' = any($1::text[]) and e ->> 'title' <> $2)
       order by id limit $3)`,
    [people, ERASED_TITLE, BATCH],
  )
  return rowCount
}

/** Rewrites the raw records that name the person, in the order of their ids. */
async function eraseRecords(pool: Pool, people: string[]): Promise<number> {
  const known = new Set(people)
  const patterns = people.map((id) => `%${JSON.stringify(id)}%`)
  let erased = 0
  for (let after: string | null = '0'; after !== null; ) {
    const start: string = after
    const batch = await transaction(pool, (tx) => eraseRecordBatch(tx, start, patterns, known))
    erased += batch.erased
    after = batch.last
  }
  return erased
}

async function eraseRecordBatch(
  tx: Queryable,
  after: string,
  patterns: string[],
  people: ReadonlySet<string>,
): Promise<{ erased: number; last: string | null }> {
  const { rows } = await tx.query<{ id: string; body: string | null }>(
    `select id, case when body::text like any($3::text[]) then body::text end as body
     from raw_record where id > $1 order by id limit $2 for update`,
    [after, RECORDS, patterns],
  )
  const changed = rows.flatMap(({ id, body }) => {
    if (body === null) return []
    const text = JSON.stringify(withoutTextsOf(JSON.parse(body) as unknown, people))
    return text === body ? [] : [{ id, text }]
  })
  if (changed.length > 0)
    await tx.query(
      `update raw_record r set body = n.body
       from unnest($1::bigint[], $2::json[]) n (id, body) where r.id = n.id`,
      [changed.map((one) => one.id), changed.map((one) => one.text)],
    )
  return { erased: changed.length, last: rows.at(-1)?.id ?? null }
}
