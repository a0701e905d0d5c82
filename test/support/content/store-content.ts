import type { Queryable } from '#app/database/pool.server.ts'
import type { Content } from '#test/github/rows.ts'

/** Stores GitHub's content as a finished sync up to `until` would, except for the texts. */
export async function storeContent(
  db: Queryable,
  content: Content,
  { installationId, until }: { installationId: string; until: Date },
): Promise<void> {
  await storeRepositories(db, content, { installationId, until })
  await storePullRequests(db, content)
  await storeLists(db, content)
}

async function storeRepositories(
  db: Queryable,
  { repositories, pullRequests }: Content,
  { installationId, until }: { installationId: string; until: Date },
): Promise<void> {
  const totals = repositories.map(
    ({ id }) => pullRequests.filter((one) => one.repositoryId === id).length,
  )
  await db.query(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at, pull_requests, synced_from, synced_until)
     select $1, node_id, database_id, name, full_name, '', 'PUBLIC', false, false, now(), now(), now(),
       total, 'epoch', $2
     from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::int[])
       as r (node_id, database_id, name, full_name, total)`,
    [
      installationId,
      until,
      repositories.map((one) => one.id),
      repositories.map((one) => one.databaseId),
      repositories.map((one) => one.name),
      repositories.map((one) => one.fullName),
      totals,
    ],
  )
}

async function storePullRequests(db: Queryable, { pullRequests }: Content): Promise<void> {
  await db.query(
    `insert into pull_request (repository_id, node_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at, is_complete)
     select r.id, p.node_id, number, '', '', '', 'OPEN', false, 'NONE', p.updated_at, p.updated_at, '', '',
       '', '', 0, 0, 0, now(), true
     from unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[])
       as p (repository, node_id, number, updated_at) join repository r on r.node_id = p.repository`,
    [
      pullRequests.map((one) => one.repositoryId),
      pullRequests.map((one) => one.id),
      pullRequests.map((one) => one.number),
      pullRequests.map((one) => one.updatedAt),
    ],
  )
  const commits = pullRequests.flatMap((pull) =>
    pull.commits.map((oid, position) => ({ pull: pull.id, oid, position })),
  )
  await db.query(
    `insert into pull_request_commit (pull_request_id, oid, position, read_at)
     select p.id, c.oid, c.position, now()
     from unnest($1::text[], $2::text[], $3::int[]) as c (pull, oid, position)
       join pull_request p on p.node_id = c.pull`,
    [
      commits.map((one) => one.pull),
      commits.map((one) => one.oid),
      commits.map((one) => one.position),
    ],
  )
}

async function storeLists(db: Queryable, content: Content): Promise<void> {
  const { reviews, comments, reviewThreads, reviewComments } = content
  const of = (rows: { id: string; pullRequestId: string }[]) => [
    rows.map((one) => one.id),
    rows.map((one) => one.pullRequestId),
  ]
  const from = `from unnest($1::text[], $2::text[]) as l (node_id, pull)
    join pull_request p on p.node_id = l.pull`
  const own = `l.node_id, p.repository_id, p.id`
  await db.query(
    `insert into review (node_id, repository_id, pull_request_id, author_association, state, body, url,
       created_at, updated_at, read_at)
     select ${own}, 'NONE', 'COMMENTED', '', '', now(), now(), now() ${from}`,
    of(reviews),
  )
  await db.query(
    `insert into comment (node_id, repository_id, pull_request_id, author_association, body, url,
       created_at, updated_at, read_at)
     select ${own}, 'NONE', '', '', now(), now(), now() ${from}`,
    of(comments),
  )
  await db.query(
    `insert into review_thread (node_id, repository_id, pull_request_id, path, diff_side, is_resolved,
       is_outdated, read_at)
     select ${own}, '', 'RIGHT', false, false, now() ${from}`,
    of(reviewThreads),
  )
  await db.query(
    `insert into review_comment (node_id, repository_id, pull_request_id, thread_id, author_association,
       body, diff_hunk, path, url, created_at, updated_at, read_at)
     select ${own}, l.thread, 'NONE', '', '', '', '', now(), now(), now()
     from unnest($1::text[], $2::text[], $3::text[]) as l (node_id, pull, thread)
       join pull_request p on p.node_id = l.pull`,
    [...of(reviewComments), reviewComments.map((one) => one.threadId)],
  )
}
