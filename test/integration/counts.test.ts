import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRepositories } from '#app/archive/repositories.ts'
import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { describeOnProfile } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { measuring } from '../sql/rows-read.ts'
import { addInstallation } from '../support/rehearsal.ts'

const REPOSITORIES = 3
const PULLS = 2_000

async function addPulls(db: Queryable, installationId: string): Promise<void> {
  await db.query(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at, pull_requests, synced_from, synced_until)
     select $1, 'R' || n, n, 'r' || n, 'acme/r' || n, '', 'PUBLIC', false, false, now(), now(), now(), $3,
       now(), now()
     from generate_series(1, $2::int) n`,
    [installationId, REPOSITORIES, PULLS],
  )
  await db.query(
    `insert into pull_request (repository_id, node_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at, deleted_at)
     select r.id, r.id || '-' || n, n, 'title', 'body', '', 'OPEN', false, 'NONE', now(), now(), '', '', '',
       '', 0, 0, 0, now(), case when n = 1 then now() end
     from repository r, generate_series(1, $1::int) n`,
    [PULLS],
  )
}

describeOnProfile('external', 'pull requests are counted', () => {
  let opened: TestServices
  beforeAll(async () => {
    opened = await openTestServices()
    const { database } = opened.services
    await addPulls(database.pool, await addInstallation(database))
    // Not in a transaction, as a statement of the pool would be.
    await database.pool.connections.query('vacuum analyze pull_request')
  })
  afterAll(() => opened.close())

  test.each([
    {
      what: 'repositories',
      read: async (db: Queryable) =>
        (await readRepositories(db, operatorScope(), { limit: 100 })).repositories.map(
          ({ pullRequests }) => pullRequests.stored,
        ),
    },
    {
      what: 'the sync status',
      read: async (db: Queryable) =>
        (await readSyncStatuses(db, operatorScope())).flatMap(({ limited }) =>
          limited.first.map(({ stored }) => stored),
        ),
    },
  ])('by an index alone for $what', async ({ read }) => {
    const { db, readings } = measuring(opened.services.database.pool)
    expect(await read(db)).toEqual(Array(REPOSITORIES).fill(PULLS - 1))
    for (const { statement, fetched } of readings) expect(fetched, statement).toBeLessThan(50)
  })
})
