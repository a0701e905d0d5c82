import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCoverage } from '#app/archive/coverage.ts'
import { readSample } from '#app/archive/sample.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { viewerOf } from '../../support/viewer-of.ts'

const NOBODY = viewerScope({ repositories: [], operates: [] })

let opened: TestServices
let pool: Pool
let viewer: Scope

beforeAll(async () => {
  opened = await openTestServices()
  const { database } = opened.services
  pool = database.pool
  const installation = await addInstallation(database)
  const foreign = await addInstallation(database)
  await layEngine(await addRepository(pool, installation, 'acme/engine', READ))
  await addRepository(pool, installation, 'acme/unread')
  const hidden = { hidden_at: '2026-01-02T00:00:00Z', hidden_reason: 'filter' }
  const away = await addRepository(pool, installation, 'acme/hidden', { ...READ, ...hidden })
  await addPull(pool, away, 1, { title: 'Hidden words', labels: ['hidden'] })
  const secret = await addRepository(pool, foreign, 'other/secret', READ)
  for (const number of [1, 2, 3, 4])
    await addPull(pool, secret, number, { title: 'Secret words', labels: ['secret'] })
  viewer = await viewerOf(pool, installation)
})
afterAll(() => opened.close())

const READ = {
  synced_from: '2026-01-01T00:00:00Z',
  last_synced_at: '2026-01-02T00:00:00Z',
  pull_requests: 9,
}

async function layEngine(engine: string): Promise<void> {
  const person = (login: string, kind: string) =>
    insert(pool, 'github_user', { node_id: login, login, kind, read_at: '2026-01-02T00:00:00Z' })
  await Promise.all([person('ada', 'User'), person('renovate[bot]', 'Bot')])
  const of = (author_id: string, labels: string[]) => ({ author_id, labels, is_complete: true })
  await addPull(pool, engine, 1, of('renovate[bot]', ['dependencies']))
  await addPull(pool, engine, 2, of('renovate[bot]', ['bug']))
  const pull = await addPull(pool, engine, 3, { ...of('ada', ['bug']), title: 'Drop the cache' })
  await addPull(pool, engine, 4, { deleted_at: '2026-01-03T00:00:00Z', labels: ['gone', 'gone'] })
  await addPull(pool, engine, 5, { title: 'Not read yet' })
  await insert(pool, 'review_thread', {
    node_id: 'T',
    repository_id: engine,
    pull_request_id: pull,
    path: 'src/cache.ts',
    diff_side: 'RIGHT',
    is_resolved: false,
    is_outdated: false,
    read_at: '2026-01-02T00:00:00Z',
  })
}

describe('the examples of the search page', () => {
  test('come from what the viewer may read', async () => {
    const { titles, ...values } = await readSample(pool, viewer)
    expect(values).toEqual({
      repository: 'acme/engine',
      label: 'bug',
      author: 'ada',
      path: 'src/cache.ts',
    })
    expect([...titles].sort()).toEqual([
      'Drop the cache',
      'Not read yet',
      'Pull request 1',
      'Pull request 2',
    ])
  })

  test('are none for a viewer who may read nothing', async () => {
    const none = { repository: null, label: null, author: null, path: null, titles: [] }
    expect(await readSample(pool, NOBODY)).toEqual(none)
  })
})

describe('the coverage of a search', () => {
  test('counts what the viewer may read, and what is missing', async () => {
    const read = { from: '2026-01-02T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' }
    const expected = { pullRequests: 4, repositories: 2, unread: 1, limited: 1, incomplete: 1 }
    expect(await readCoverage(pool, viewer)).toEqual({ ...expected, hidden: 1, read })
    expect(await readCoverage(pool, operatorScope())).toMatchObject({
      pullRequests: 8,
      repositories: 3,
      hidden: 1,
    })
  })

  test('is nothing for a viewer who may read nothing, whatever is hidden', async () => {
    const nothing = { pullRequests: 0, repositories: 0, unread: 0, limited: 0, incomplete: 0 }
    expect(await readCoverage(pool, NOBODY)).toEqual({ ...nothing, hidden: 0, read: null })
  })
})
