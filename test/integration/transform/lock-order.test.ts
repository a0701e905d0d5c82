import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { deleteRows } from '#app/sync/complete/delete-rows.ts'
import { removePullRequests } from '#app/sync/complete/remove.ts'
import { LISTS, type ListTable } from '#app/sync/tables/lists.ts'
import { changeParts } from '#app/sync/window/repository-syncs.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { commitNode, listOf, pullRequestNode } from '../../support/nodes.ts'
import {
  addRepository,
  openStore,
  type Store,
  takeAndTransform,
  takeSnapshot,
} from '../../support/records.ts'

const COMMITS = LISTS.find(({ list }) => list === 'commits') as ListTable

describeOnProfile('external', 'two pull requests of one repository sync', () => {
  let store: Store
  beforeAll(async () => {
    store = await openStore()
  })
  afterAll(() => store[Symbol.asyncDispose]())

  test('are removed and completed at the same time without a deadlock', async () => {
    const { pool } = store
    const repositoryId = await addRepository(store)
    const node = (number: number) =>
      pullRequestNode({ number, commits: listOf([commitNode(1), commitNode(2)]) })
    for (const number of [1, 2]) await takeAndTransform(store, repositoryId, node(number))
    await takeSnapshot(store, repositoryId, node(1))
    const repositorySyncId = await readTogether(pool, repositoryId)
    const { rows } = await pool.query<{ id: string }>(
      `select id from pull_request where node_id = 'PR_2'`,
    )
    const other = rows[0]?.id as string

    const paused = gate()
    const resumed = gate()
    const removal = transaction(pool, (tx) =>
      removePullRequests(
        pausing(tx, /update repository_sync r/, async () => {
          paused.open()
          await resumed.opened
        }),
        ['PR_1'],
      ),
    )
    await paused.opened
    // What completes a pull request deletes rows first, and then counts its part.
    const completion = transaction(pool, async (tx) => {
      await deleteRows(tx, COMMITS, [{ id: other, startedAt: 'infinity' }])
      await changeParts(tx, [{ repositorySyncId, parts: -1 }])
    })
    await expect.poll(() => waitingFor(pool)).toBe(1)
    resumed.open()
    await Promise.all([removal, completion])
    const left = await pool.query('select from commit')
    expect(left.rowCount).toBe(0)
  })
})

/** Gives both pull requests an open repository sync with two parts. */
async function readTogether(pool: Queryable, repositoryId: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `with own as (
       insert into run (installation_id, mode, trigger, state)
       select installation_id, 'full', 'manual', 'running' from repository where id = $1 returning id)
     insert into repository_sync (run_id, repository_id, started_at, since, expected, open_parts, reached)
     select id, $1, now(), 'epoch', 2, 3, now() from own returning id`,
    [repositoryId],
  )
  const id = rows[0]?.id as string
  await pool.query(`update snapshot set repository_sync_id = $1 where state = 'open'`, [id])
  return id
}

/** Calls `pause` after each statement that matches. */
function pausing(tx: Queryable, pattern: RegExp, pause: () => Promise<void>): Queryable {
  return {
    async query(text, values) {
      const result = await tx.query<never>(text, values)
      if (pattern.test(text)) await pause()
      return result
    },
  }
}

async function waitingFor(pool: Queryable): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `select count(distinct pid)::int as waiting from pg_locks join pg_stat_activity using (pid)
     where not granted and datname = current_database()`,
  )
  return rows[0]?.waiting ?? 0
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
