import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { isUrgent, PRIORITY, PRIORITY_BOUNDS, ranked } from '#app/queues/stages.ts'
import { readRanks } from '#app/sync/settings/repository-priorities.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import type { Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

let standIn: StandIn
let sync: Sync

beforeAll(async () => {
  const source = { kind: 'generated', login: 'acme', repositories: 3, pulls: 240 } as const
  standIn = await startStandIn({ sources: [source] })
  sync = await openSync(standIn, 'app', { slots: { extraction: 1, transform: 1, embedding: 1 } })
})
afterAll(async () => {
  await sync.close()
  await standIn.stop()
})

/** Returns the repositories in the order in which their pull requests were first read, without repetitions. */
async function orderRead(): Promise<string[]> {
  const { rows } = await sync.pool.query<{ name: string }>(
    `select r.full_name as name from snapshot s join pull_request p using (node_id)
       join repository r on r.id = p.repository_id group by r.full_name, p.id order by min(s.id)`,
  )
  return rows.map(({ name }) => name).filter((name, place, all) => name !== all[place - 1])
}

test('repositories that go first or last are read so, page after page', async () => {
  const [one, , three] = [...standIn.world.repositories.values()].map(
    ({ owner, name }) => `${owner.login}/${name}`,
  ) as [string, string, string]
  await sync.pool.query(`update installation set settings = settings || $1::jsonb`, [
    { repository_priorities: { first: [three], last: [one.slice(5)] } },
  ])
  expect((await sync.sync()).overall).toMatch(/^finished/)
  const order = await orderRead()
  expect([order.indexOf(three), order.lastIndexOf(three)]).toEqual([0, 0])
  expect([order.indexOf(one), order.length - 1]).toEqual([
    order.lastIndexOf(one),
    order.indexOf(one),
  ])
  expect(order.length).toBeGreaterThan(3)
})

test('a rank keeps work among that of its kind, and a setting that is not valid ranks nothing', async () => {
  expect(ranked(PRIORITY.access, 'first')).toBe(PRIORITY_BOUNDS.lowest)
  expect(ranked(PRIORITY.last, 'last')).toBe(PRIORITY_BOUNDS.highest)
  expect(ranked(PRIORITY.person, 'last')).toBeLessThan(ranked(PRIORITY.schedule, 'first'))
  expect(ranked(PRIORITY.schedule, 'last')).toBeLessThan(PRIORITY.last)
  expect([isUrgent(ranked(PRIORITY.person, 'last')), isUrgent(PRIORITY.schedule)]).toEqual([
    true,
    false,
  ])
  await sync.pool.query(`update installation set settings = settings || $1::jsonb`, [
    { repository_priorities: 'acme' },
  ])
  const { rows } = await sync.pool.query<{ id: string }>('select id from installation')
  expect((await readRanks(sync.pool, rows[0]?.id ?? ''))('acme/x')).toBe('between')
})
