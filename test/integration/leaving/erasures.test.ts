import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readPull } from '#app/archive/pull-requests.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { countRows } from '#app/sync/leaving/count-rows.ts'
import { eraseDue } from '#app/sync/leaving/erase-due.ts'
import { erasePerson } from '#app/sync/leaving/erase-person.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { NO_ROWS } from '#app/sync/leaving/erased-rows.ts'
import { purgeInstallation, purgeRepository } from '#app/sync/leaving/purge.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import {
  actor,
  commentNode,
  commitNode,
  listOf,
  pullRequestNode,
  repositoryNode,
  reviewCommentNode,
  reviewNode,
  threadNode,
} from '../../support/nodes.ts'
import {
  addRepository,
  addRun,
  type Store,
  takeAndTransform,
  transformRepository,
} from '../../support/records.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const REQUEST = { scope: operatorScope(), actor: 'cli test' }
const signal = new AbortController().signal
const logger = createLogger('silent')

let opened: TestServices
let database: Database
let store: Store
let repositoryId: string
/** A repository of the same installation that stays. */
let otherId: string

beforeAll(async () => {
  opened = await openTestServices()
  database = opened.services.database
})
afterAll(() => opened.close())
beforeEach(async () => {
  const { pool } = database
  await pool.query(
    'truncate installation, repository, github_user, tombstone, erased_person cascade',
  )
  const installationId = await addInstallation(database)
  const runId = await addRun(pool, installationId)
  store = { pool, installationId, runId, [Symbol.asyncDispose]: async () => {} }
  repositoryId = await addRepository(store)
  otherId = await addRepository(store, other())
  for (const number of [1, 2, 3]) await takeAndTransform(store, repositoryId, pull(number))
  await takeAndTransform(store, otherId, { ...pull(4), id: 'PR_other' })
})

function other() {
  return repositoryNode({ id: 'R_other', name: 'other', nameWithOwner: 'acme/other' })
}

const bob = actor('bob')

function pull(number: number) {
  const n = 10 * number
  const said = { author: bob, body: 'I am bob and this is my phone number' }
  return pullRequestNode({
    number,
    id: `PR_${number}`,
    commits: listOf([commitNode(n)]),
    reviews: listOf([reviewNode(n, said)]),
    reviewThreads: listOf([threadNode(n, [reviewCommentNode(n, said)])]),
    comments: listOf([commentNode(n, said), commentNode(n + 1, { author: actor('ada') })]),
  })
}

const isStored = async (id: string) =>
  (await database.pool.query('select from repository where id = $1', [id])).rowCount === 1

async function nameOf(id: string): Promise<string> {
  const { rows } = await database.pool.query<{ fullName: string }>(
    'select full_name from repository where id = $1',
    [id],
  )
  return rows[0]?.fullName as string
}

async function hide(id: string, ago: string): Promise<void> {
  await database.pool.query(
    'update repository set hidden_at = now() - $2::interval where id = $1',
    [id, ago],
  )
}

async function leave(reason: string, ago: string): Promise<void> {
  await database.pool.query(
    `update installation set active = false, inactive_reason = $1, inactive_at = now() - $2::interval`,
    [reason, ago],
  )
}

/** Names the tables that still contain a row of the repository. */
async function leftovers(id: string): Promise<string[]> {
  const { pool } = database
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'repository_id' and table_name <> 'tombstone'`,
  )
  const left: string[] = []
  for (const { name } of tables) {
    const { rowCount } = await pool.query(`select from ${name} where repository_id = $1 limit 1`, [
      id,
    ])
    if (rowCount > 0) left.push(name)
  }
  return left
}

describe('a purge of a repository', () => {
  test('says what goes, erases it, and keeps the others', async () => {
    const name = await nameOf(repositoryId)
    const before = await countRows(database.pool, [otherId])
    const planned = await purgeRepository(database, name, { ...REQUEST, dryRun: true })
    expect(planned.rows).toMatchObject({
      ...{ repositories: 1, pullRequests: 3, reviews: 3, reviewThreads: 3, reviewComments: 3 },
      ...{ comments: 6, commits: 3 },
    })
    expect(planned.message).toMatch(/^Would erase 1 repository, 3 pull requests, .+raw records\.$/)
    expect(await leftovers(repositoryId)).not.toEqual([])
    const purged = await purgeRepository(database, name.toUpperCase(), REQUEST)
    expect(purged).toMatchObject({ complete: true, rows: planned.rows })
    expect(purged.message).toMatch(/^Erased 1 repository, .+ is excluded by repository_filter now/)
    expect(await isStored(repositoryId)).toBe(false)
    expect(await leftovers(repositoryId)).toEqual([])
    expect(await countRows(database.pool, [otherId])).toEqual(before)
  })

  test('excludes the repository and records who did it in a log that nobody can change', async () => {
    const name = await nameOf(repositoryId)
    await purgeRepository(database, name, REQUEST)
    const prisma = await database.prisma()
    const installation = await prisma.installation.findFirstOrThrow()
    expect(installation.settings).toMatchObject({ repository_filter: { exclude: [name] } })
    const entry = await prisma.auditEntry.findFirstOrThrow({ orderBy: { id: 'desc' } })
    expect(entry).toMatchObject({ actor: 'cli test', action: 'repository.purged', subject: name })
    for (const change of ['delete from audit_entry', 'update audit_entry set actor = null'])
      await expect(database.pool.query(change)).rejects.toThrow(/append-only/)
    await expect(database.pool.query('truncate audit_entry')).rejects.toThrow(/append-only/)
  })

  test('of an unknown repository is refused', async () => {
    await expect(purgeRepository(database, 'acme/nowhere', REQUEST)).rejects.toThrow(
      'There is no copy of acme/nowhere',
    )
  })

  test('continues where a killed process stopped', async () => {
    await transaction(database.pool, (tx) => beginErasure(tx, repositoryId, 'removed'))
    const killed = new AbortController()
    const stopped = eraseRepository(database.pool, repositoryId, {
      signal: killed.signal,
      measured: () => killed.abort(),
    })
    await expect(stopped).rejects.toThrow()
    expect(await isStored(repositoryId)).toBe(true)
    await eraseDue(database.pool, logger, signal)
    expect(await isStored(repositoryId)).toBe(false)
    expect(await leftovers(repositoryId)).toEqual([])
  })

  test('is not undone by a sync that reads the repository meanwhile', async () => {
    await transaction(database.pool, (tx) => beginErasure(tx, repositoryId, 'removed'))
    const outcome = await transformRepository(store, repositoryNode(), {
      at: new Date(Date.now() + 60_000),
    })
    expect(outcome).toMatchObject({
      state: 'gap',
      message: expect.stringMatching(/is being erased; the next sync reads it from the beginning/),
    })
    await eraseDue(database.pool, logger, signal)
    const id = await addRepository(store)
    expect(id).not.toBe(repositoryId)
    expect(await countRows(database.pool, [id])).toMatchObject({ pullRequests: 0 })
  })
})

describe('a repository that GitHub has deleted', () => {
  async function readable(fullName: string) {
    const page = await readRepositories(database.pool, operatorScope(), { limit: 9 })
    const pull = await readPull(database.pool, operatorScope(), { fullName, number: 3 })
    return [page.repositories.length, pull !== null]
  }

  test('is hidden at once, and a killed erasure of it leaves tombstones of everything', async () => {
    const { pool } = database
    const name = await nameOf(repositoryId)
    await pool.query('update repository set not_found = 2 where id = $1', [repositoryId])
    expect(await readable(name)).toEqual([2, true])
    await transaction(pool, (tx) => beginErasure(tx, repositoryId, 'deleted on GitHub'))
    expect(await readable(name)).toEqual([1, false])
    for (let kills = 0; kills < 3; kills++) {
      const killed = new AbortController()
      const stopped = eraseRepository(pool, repositoryId, {
        signal: killed.signal,
        measured: () => killed.abort(),
      })
      await expect(stopped).rejects.toThrow()
    }
    expect(await isStored(repositoryId)).toBe(true)
    await eraseDue(pool, logger, signal)
    expect([await isStored(repositoryId), await leftovers(repositoryId)]).toEqual([false, []])
    const { rows } = await pool.query<{ kind: string; count: number }>(
      `select kind, count(*)::int from tombstone where repository_id = $1 group by 1`,
      [repositoryId],
    )
    expect(Object.fromEntries(rows.map((row) => [row.kind, row.count]))).toEqual({
      ...{ repository: 1, pull_request: 3, review: 3, review_thread: 3, review_comment: 3 },
      comment: 6,
    })
  })
})

describe('what left GitHub', () => {
  test('a removed repository is erased a day later, and not before', async () => {
    await hide(repositoryId, '23h')
    await eraseDue(database.pool, logger, signal)
    expect(await isStored(repositoryId)).toBe(true)
    await hide(repositoryId, '25h')
    await eraseDue(database.pool, logger, signal)
    expect([await isStored(repositoryId), await isStored(otherId)]).toEqual([false, true])
    expect(await leftovers(repositoryId)).toEqual([])
  })

  test('a repository that comes back in time keeps everything', async () => {
    const before = await countRows(database.pool, [repositoryId])
    await hide(repositoryId, '23h')
    await eraseDue(database.pool, logger, signal)
    await transformRepository(store, repositoryNode(), { at: new Date(Date.now() + 60_000) })
    await eraseDue(database.pool, logger, signal)
    const after = await countRows(database.pool, [repositoryId])
    expect(after).toEqual({ ...before, rawRecords: before.rawRecords + 1 })
  })

  test.each([
    ['uninstalled on GitHub', '23h', '25h'],
    ['suspended on GitHub', '29d', '31d'],
  ])(
    'an installation that was %s is kept for %s and erased after %s',
    async (reason, kept, due) => {
      await leave(reason, kept)
      await eraseDue(database.pool, logger, signal)
      expect([await isStored(repositoryId), await isStored(otherId)]).toEqual([true, true])
      await leave(reason, due)
      await eraseDue(database.pool, logger, signal)
      expect([await isStored(repositoryId), await isStored(otherId)]).toEqual([false, false])
      const { rows } = await database.pool.query<{ erased: boolean; runs: number }>(
        `select erased_at is not null as erased, (select count(*)::int from run) as runs
       from installation`,
      )
      expect(rows).toEqual([{ erased: true, runs: 0 }])
    },
  )

  test('a setting says how long it is kept; one that is not valid is not used', async () => {
    const keepFor = (erase_removed_after: string) =>
      database.pool.query('update installation set settings = $1', [
        JSON.stringify({ erase_removed_after }),
      ])
    await hide(repositoryId, '3h')
    await keepFor('soon')
    await eraseDue(database.pool, logger, signal)
    expect(await isStored(repositoryId)).toBe(true)
    await keepFor('2h')
    await eraseDue(database.pool, logger, signal)
    expect(await isStored(repositoryId)).toBe(false)
  })

  test('an installation without the configured credentials is not erased', async () => {
    await leave('other credentials are configured', '100d')
    await eraseDue(database.pool, logger, signal)
    expect(await isStored(repositoryId)).toBe(true)
  })

  test.each(['uninstalled on GitHub', 'suspended on GitHub'])(
    'the jobs of an installation that was %s end at once',
    async (reason) => {
      await database.pool.query(
        `insert into run (installation_id, mode, trigger, state) values ($1, 'full', 'cli', 'running')`,
        [store.installationId],
      )
      await leave(reason, '0h')
      await eraseDue(database.pool, logger, signal)
      const { rows } = await database.pool.query<{ state: string }>(
        'select state from run order by id desc limit 1',
      )
      expect(rows).toEqual([{ state: 'cancelled' }])
    },
  )
})

test('a purge of an installation erases its repositories and turns its schedules off', async () => {
  const { installationId } = store
  const purged = await purgeInstallation(database, installationId, REQUEST)
  expect(purged).toMatchObject({ complete: true, rows: { repositories: 2, pullRequests: 4 } })
  expect(purged.message).toMatch(/Its schedules are off; the next sync is a first one\.$/)
  const { rows } = await database.pool.query('select rule from schedule order by mode')
  expect(rows).toEqual([{ rule: { off: true } }, { rule: { off: true } }])
  expect(await countRows(database.pool, [repositoryId, otherId])).toEqual(NO_ROWS)
})

describe('the erasure of a person', () => {
  const texts = async () => {
    const { rows } = await database.pool.query<{ text: string }>(
      `select body as text from comment union all select body from review
       union all select body from review_comment union all select text from passage
       union all select body::text from raw_record`,
    )
    return rows.map(({ text }) => text).join('\n')
  }

  test('empties what they wrote, in raw records too, and keeps the counts', async () => {
    const before = await countRows(database.pool, [repositoryId, otherId])
    expect(await texts()).toMatch(/bob/)
    const erased = await erasePerson(database, 'BOB', 'cli test')
    expect(erased).toMatchObject({ reviews: 4, reviewComments: 4, comments: 4, passages: 12 })
    expect(erased.rawRecords).toBeGreaterThan(0)
    expect(await texts()).not.toMatch(/phone number|"bob"/)
    const after = await countRows(database.pool, [repositoryId, otherId])
    expect(after).toEqual({ ...before, passages: before.passages - 12 })
    const { rows } = await database.pool.query<{ kind: string; count: number }>(
      'select kind, count(*)::int from tombstone group by 1 order by 1',
    )
    expect(rows).toEqual([
      { kind: 'comment', count: 4 },
      { kind: 'review', count: 4 },
      { kind: 'review_comment', count: 4 },
    ])
    expect(
      (await database.pool.query(`select from github_user where login = 'bob'`)).rowCount,
    ).toBe(0)
  })

  test('holds for what GitHub returns later', async () => {
    await erasePerson(database, 'bob', 'cli test')
    await takeAndTransform(store, repositoryId, pull(1), {
      startedAt: new Date(Date.now() + 60_000),
    })
    expect(await texts()).not.toMatch(/phone number|"bob"/)
    expect(
      (await database.pool.query(`select from github_user where login = 'bob'`)).rowCount,
    ).toBe(0)
  })

  test('of nobody is refused', async () => {
    await expect(erasePerson(database, 'nobody', 'cli test')).rejects.toThrow(
      'Nobody with the login nobody is in the copy',
    )
  })
})
