import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  readTable,
  readTableSums,
  TABLE_PAGE,
  type TableFilter,
} from '#app/archive/repository-table.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

const AT = '2026-01-02T00:00:00Z'
const ALL: TableFilter = { named: '', state: null, order: 'name', page: 1 }

let opened: TestServices
let web: Web
let installation: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  installation = await addInstallation(database)
  const read = { synced_from: '1970-01-01T00:00:00Z', synced_until: AT }
  for (const [name, columns] of Object.entries({
    'acme/whole': { ...read, pull_requests: 1, pushed_at: '2026-01-01T00:00:00Z' },
    'acme/part': { ...read, synced_from: '2025-01-01T00:00:00Z', pull_requests: 9 },
    'acme/Holes': { ...read, pull_requests: 1 },
    'acme/new': { synced_until: null, pull_requests: 0 },
  }))
    ids[name] = await addRepository(database.pool, installation, name, columns)
  await addPull(database.pool, ids['acme/whole'] as string, 1, { is_complete: true })
  await addPull(database.pool, ids['acme/part'] as string, 2, { is_complete: false })
  await insert(database.pool, 'gap', {
    ...{ repository_id: ids['acme/Holes'], kind: 'pull_request', node_id: 'PR_gone' },
    ...{ name: 'acme/Holes#4', reason: 'it is too large', next_try_at: AT },
  })
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function names(filter: Partial<TableFilter> = {}, scope: Scope = operatorScope()) {
  const { rows } = await readTable(opened.services.database.pool, scope, { ...ALL, ...filter })
  return rows.map(({ fullName }) => fullName)
}

test('each repository has the state of its copy, and the sums are of all', async () => {
  const { rows, total } = await readTable(opened.services.database.pool, operatorScope(), ALL)
  expect(
    rows.map(({ fullName, state, stored, github }) => [fullName, state, stored, github]),
  ).toEqual([
    ['acme/Holes', 'gaps', 0, 1],
    ['acme/new', 'unread', 0, 0],
    ['acme/part', 'limited', 1, 9],
    ['acme/whole', 'read', 1, 1],
  ])
  expect(rows.map(({ gaps }) => gaps)).toEqual([1, 0, 0, 0])
  expect(rows.map(({ incomplete }) => incomplete)).toEqual([0, 0, 1, 0])
  expect([total, rows.every(({ isOperated }) => isOperated)]).toEqual([4, true])
  expect(await readTableSums(opened.services.database.pool, operatorScope())).toEqual({
    ...{ all: 4, read: 1, limited: 1, gaps: 1, unread: 1, pulls: 11 },
  })
})

test('is filtered, ordered and paged', async () => {
  expect(await names({ named: 'HOLES' })).toEqual(['acme/Holes'])
  expect(await names({ state: 'unread' })).toEqual(['acme/new'])
  expect((await names({ order: 'pulls' }))[0]).toBe('acme/part')
  expect((await names({ order: 'read' }))[0]).toBe('acme/new')
  expect((await names({ order: 'pushed' }))[0]).toBe('acme/whole')
  expect(await names({ page: 2 })).toEqual([])
  expect(TABLE_PAGE).toBeGreaterThan(4)
})

test('knows nothing beyond the scope, and what the viewer operates', async () => {
  const scope = viewerScope({ repositories: [ids['acme/part'] as string], operates: [] })
  const { pool } = opened.services.database
  const { rows, total } = await readTable(pool, scope, ALL)
  expect([rows.map(({ fullName, isOperated }) => [fullName, isOperated]), total]).toEqual([
    [['acme/part', false]],
    1,
  ])
  expect((await readTableSums(pool, scope)).all).toBe(1)
})

test('the page takes any address, and asks for a sync of one repository', async () => {
  for (const query of ['', '?page=-1', '?page=1e9', '?state=x&order=y', '?q=a%00b', '?q=%22%3E'])
    expect([query, (await send(`${web.url}/repositories${query}`)).status]).toEqual([query, 200])
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: web.url }
  const form = `intent=sync&installation=${installation}&repository=acme%2Fpart`
  const { status, headers: answered } = await send(
    `${web.url}/repositories?state=limited`,
    headers,
    'POST',
    form,
  )
  expect(status).toBe(303)
  expect(String(answered.location)).toMatch(/^\/repositories\?state=limited&notice=/)
  const [cookie = ''] = [answered['set-cookie'] ?? []].flat()
  const notice = Buffer.from(/=([\w-]+)/.exec(cookie)?.[1] ?? '', 'base64url').toString()
  expect(notice).toContain('acme/part')
})
