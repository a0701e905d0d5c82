import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { transaction } from '#app/database/transaction.server.ts'
import { removePullRequests } from '#app/sync/complete/remove.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { cleanUp, retentionOf } from '#app/sync/records/cleanup.ts'
import { deleteOutdatedRecords } from '#app/sync/records/retention.ts'
import { type Changed, replay } from '#app/sync/replay/replay.ts'
import { storedContent, storedPassages } from '../../support/content/stored-content.ts'
import {
  commentNode,
  commitNode,
  fileNode,
  listOf,
  pullRequestNode,
  repositoryNode,
  reviewCommentNode,
  reviewNode,
  threadNode,
} from '../../support/nodes.ts'
import {
  addRepository,
  openStore,
  type Store,
  takeAndTransform,
  takeSnapshot,
  transform,
  transformRepository,
} from '../../support/records.ts'

let store: Store
let repositoryId: string
beforeAll(async () => {
  store = await openStore()
})
beforeEach(async () => {
  await store.pool.query('truncate repository, github_user, tombstone cascade')
  repositoryId = await addRepository(store)
  for (const number of [1, 2, 3]) await takeAndTransform(store, repositoryId, rich(number))
})
afterAll(() => store[Symbol.asyncDispose]())

function rich(number: number) {
  const n = 10 * number
  const threads = [
    threadNode(n, [reviewCommentNode(n)]),
    threadNode(n + 1, [reviewCommentNode(n + 1)]),
  ]
  return pullRequestNode({
    number,
    commits: listOf([commitNode(n), commitNode(n + 1), commitNode(1)]),
    reviews: listOf([reviewNode(n), reviewNode(n + 1)]),
    reviewThreads: listOf(threads),
    comments: listOf([commentNode(n), commentNode(n + 1)]),
    files: listOf([fileNode(n), fileNode(n + 1)]),
  })
}

const TABLES = [
  'repository',
  'pull_request',
  'pull_request_commit',
  'commit',
  'review',
  'review_thread',
  'review_comment',
  'comment',
  'pull_request_file',
  'passage',
]

async function live(): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {}
  for (const table of TABLES) {
    const { rows } = await store.pool.query<{ row: object }>(
      `select to_jsonb(t) as row from ${table} t`,
    )
    tables[table] = rows.map((row) => JSON.stringify(row.row)).sort()
  }
  return tables
}

test('a replay of intact tables changes nothing and embeds nothing', async () => {
  const before = await live()
  const changes: Changed[] = []
  const replayed = await replay({
    pool: store.pool,
    embed: async (changed) => void changes.push(changed),
  })
  expect(replayed).toEqual({ repositories: 1, pullRequests: 3 })
  expect(await live()).toEqual(before)
  expect(changes).toEqual([])
})

test('damaged tables are rebuilt with their original ids', async () => {
  const before = await live()
  const { pool } = store
  await pool.query(`update pull_request set title = 'forged', labels = '{x}' where number = 1`)
  await pool.query(`update repository set description = 'forged'`)
  await pool.query(`delete from review where node_id = 'PRR_10'`)
  await pool.query(`delete from pull_request_commit where position = 0`)
  await pool.query(`update comment set body = 'forged', read_at = '2099-01-01'`)
  await pool.query(`update commit set message = 'forged'`)
  await pool.query(
    `update passage set text = 'forged', read_at = '2099-01-01' where kind = 'review'`,
  )
  await pool.query(
    `insert into review_thread select 'PRRT_extra', repository_id, id, 'a', 1, 'LEFT', false, null, false, now()
     from pull_request where number = 2`,
  )
  await pool.query(
    `insert into commit select repository_id, 'e', 'extra', '', null, null, null, now(), null, null,
       null, now(), 1, 1, 1, now() from commit limit 1`,
  )
  await pool.query(
    `insert into pull_request (node_id, repository_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at)
     select 'PR_extra', id, 99, '', '', '', 'OPEN', false, '', now(), now(), '', '', '', '', 1, 1, 1, now()
     from repository`,
  )
  await replay({ pool })
  expect(await live()).toEqual(before)
})

test('pull requests missing from the tables are restored, and their passages are embedded', async () => {
  const { pool, installationId } = store
  const content = await storedContent(pool, installationId)
  const passages = await storedPassages(pool)
  await pool.query('delete from pull_request')
  const changes: Changed[] = []
  await replay({ pool, embed: async (changed) => void changes.push(changed) })
  expect(await storedContent(pool, installationId)).toEqual(content)
  expect(await storedPassages(pool)).toEqual(passages)
  expect(changes.flatMap((one) => one.pullRequestIds)).toHaveLength(3)
})

test('a record of the older shape is read, with null for the fields that it lacks', async () => {
  const { pool } = store
  const before = await storedContent(pool, store.installationId)
  await pool.query(
    `update raw_record set shape = 1,
       body = regexp_replace(body::text, ',"(isMinimized|minimizedReason)":(false|null)', '', 'g')::json`,
  )
  await replay({ pool })
  const older = { isMinimized: null, minimizedReason: null }
  const { reviews, comments, reviewComments } = before
  expect(await storedContent(pool, store.installationId)).toEqual({
    ...before,
    reviews: reviews.map((row) => ({ ...row, ...older })),
    comments: comments.map((row) => ({ ...row, ...older })),
    reviewComments: reviewComments.map((row) => ({ ...row, ...older })),
  })
})

test('rows kept from an earlier snapshot are restored too', async () => {
  const withheld = { ...rich(1), comments: null, reviews: listOf([]) }
  await takeAndTransform(store, repositoryId, withheld)
  await deleteOutdatedRecords(store.pool)
  const before = await live()
  expect(before.comment).toHaveLength(6)
  expect(before.review).toHaveLength(6)
  await store.pool.query('delete from review')
  await replay({ pool: store.pool })
  expect(await live()).toEqual(before)
})

test('removed pull requests stay removed, and none of their content is left', async () => {
  const { pool } = store
  await transaction(pool, (tx) => removePullRequests(tx, ['PR_1', 'PR_unknown']))
  const { rows } = await pool.query(
    `select number, title, body, labels, deleted_at is not null as deleted, created_at is not null as dated
     from pull_request where node_id = 'PR_1'`,
  )
  expect(rows).toEqual([{ number: 1, title: '', body: '', labels: [], deleted: true, dated: true }])
  const before = await live()
  expect(JSON.stringify(before)).not.toContain('PRR_10')
  expect(before.commit).toHaveLength(5)
  await replay({ pool })
  expect(await live()).toEqual(before)
  const tombstones = await pool.query<{ kind: string }>('select kind from tombstone order by kind')
  expect(tombstones.rows.map((row) => row.kind)).toEqual([
    'comment',
    'comment',
    'pull_request',
    'review',
    'review',
    'review_comment',
    'review_comment',
    'review_thread',
    'review_thread',
  ])
  const raw = await pool.query(`select from raw_record where body::text like '%PRR_10%'`)
  expect(raw.rowCount).toBe(0)
})

test('a removal ends readings in progress, and a later reading restores the pull request', async () => {
  const { pool } = store
  const { recordIds } = await takeSnapshot(store, repositoryId, rich(1))
  await transaction(pool, (tx) => removePullRequests(tx, ['PR_1']))
  await transform(store, recordIds)
  const find = () =>
    pool.query(`select from pull_request where node_id = 'PR_1' and deleted_at is null`)
  expect((await find()).rowCount).toBe(0)
  await takeAndTransform(store, repositoryId, rich(1), { startedAt: new Date(Date.now() + 60_000) })
  expect((await find()).rowCount).toBe(1)
})

test('a repository that GitHub has deleted leaves tombstones and nothing else', async () => {
  await store.pool.query('update repository set not_found = 2')
  await transaction(store.pool, (tx) => beginErasure(tx, repositoryId, 'deleted on GitHub'))
  await eraseRepository(store.pool, repositoryId)
  expect(Object.values(await live()).flat()).toEqual([])
  expect((await store.pool.query('select from raw_record')).rowCount).toBe(0)
  const { rows } = await store.pool.query<{ kind: string; count: number }>(
    'select kind, count(*)::int from tombstone group by 1',
  )
  expect(Object.fromEntries(rows.map((row) => [row.kind, row.count]))).toEqual({
    repository: 1,
    pull_request: 3,
    review: 6,
    review_thread: 6,
    review_comment: 6,
    comment: 6,
  })
})

test('raw records are deleted once a later snapshot is complete; the latest outlive their run', async () => {
  const { pool, runId } = store
  const count = async () => (await pool.query('select from raw_record')).rowCount
  const before = await count()
  await takeAndTransform(store, repositoryId, rich(1))
  expect(await count()).toBe(before)
  await transformRepository(store, repositoryNode(), { at: new Date(Date.now() + 1000) })
  expect(await count()).toBe(before + 1)
  await pool.query(
    `insert into run (installation_id, mode, trigger, state, finished_at)
     select installation_id, 'targeted', 'webhook', made.state, now() - interval '2 days'
     from run, unnest(array['finished', 'finished_with_gaps']) made (state) where id = $1`,
    [runId],
  )
  expect(await cleanUp(pool, retentionOf({ AUDIT_DAYS: 365 }), { dryRun: true })).toMatchObject({
    records: 1,
    runs: 1,
  })
  expect(await cleanUp(pool, retentionOf({ AUDIT_DAYS: 365 }))).toMatchObject({
    records: 1,
    runs: 1,
  })
  await pool.query(`update run set finished_at = now() - interval '200 days' where id = $1`, [
    runId,
  ])
  expect(await cleanUp(pool, retentionOf({ AUDIT_DAYS: 365 }), { dryRun: true })).toMatchObject({
    records: 0,
    runs: 1,
  })
  expect(await cleanUp(pool, retentionOf({ AUDIT_DAYS: 365 }))).toMatchObject({
    records: 0,
    runs: 1,
  })
  expect(await count()).toBe(before)
  expect((await pool.query('select from run where id = $1', [runId])).rowCount).toBe(0)
})
