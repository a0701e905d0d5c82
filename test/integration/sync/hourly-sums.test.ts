import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deleteOldSums } from '#app/ledger/hourly-sums.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn } from '../../github/stand-in.ts'
import type { Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

let standIn: StandIn
let sync: Sync & { close(): Promise<void> }
beforeAll(async () => {
  standIn = await startSmall()
  sync = await openSync(standIn, { repositories: ['acme/engine'] })
})
afterAll(async () => {
  await sync.close()
  await standIn.stop()
})

interface Sums {
  points: number
  rows: number
  passages: number
}

async function sums(): Promise<Sums> {
  const { rows } = await sync.pool.query<Sums>(
    `select coalesce(sum(points), 0)::int as points, coalesce(sum(rows), 0)::int as rows,
       coalesce(sum(passages), 0)::int as passages from hourly_sum`,
  )
  return rows[0] as Sums
}

async function count(table: string): Promise<number> {
  const { rows } = await sync.pool.query<{ count: number }>(
    `select count(*)::int from ${table} where pull_request_id is not null`,
  )
  return rows[0]?.count ?? 0
}

test('the points, rows and passages of each hour are summed', async () => {
  await sync.sync({ mode: 'full' })
  const { rows: budgets } = await sync.pool.query<{ used: number }>(
    `select points - remaining as used from github_budget where resource = 'graphql'`,
  )
  const found = await sums()
  expect(found.points).toBe(budgets[0]?.used)
  expect(found.points).toBeGreaterThan(0)
  expect(found.passages).toBeGreaterThanOrEqual(await count('passage'))
  expect(found.rows).toBeGreaterThanOrEqual((await count('comment')) + (await count('review')))
  await sync.sync({ mode: 'full' })
  expect((await sums()).rows).toBeGreaterThan(found.rows)
})

test('the sums are kept for 400 days', async () => {
  const before = await sums()
  await sync.pool.query(
    `insert into hourly_sum (installation_id, hour, points)
     select id, now() - age, 7 from installation, unnest(array['399 days', '401 days']::interval[]) age`,
  )
  await deleteOldSums(sync.pool)
  expect((await sums()).points).toBe(before.points + 7)
})
