import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
  installation = await addInstallation(opened.services.database)
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function call(method: 'GET', path: string) {
  const answer = await send(`${web.url}/api/v1/${path}`, {}, method)
  const body = JSON.parse(answer.body)
  if (answer.status < 400) expectShape(method, path, body)
  return { status: answer.status, body }
}

describe('GET repositories', () => {
  test('returns the synced window and the gaps of each', async () => {
    const everything = '1970-01-01T00:00:00Z'
    const complete = await addRepository(db, installation, 'o/whole', { synced_from: everything })
    await addPull(db, complete, 1)
    const part = await addRepository(db, installation, 'o/part', {
      pull_requests: 40,
      pushed_at: '2026-01-03T00:00:00Z',
      synced_from: '2025-01-01T00:00:00Z',
      synced_until: '2026-01-01T00:00:00Z',
    })
    await addPull(db, part, 40)
    await addPull(db, part, 39, { deleted_at: '2026-01-01T00:00:00Z' })
    await insert(db, 'gap', {
      repository_id: part,
      kind: 'pull_request',
      node_id: 'PR_7',
      name: 'o/part#7',
      reason: 'GitHub timed out',
      next_try_at: '2026-02-01T00:00:00Z',
    })
    await addRepository(db, installation, 'o/hidden', { hidden_at: '2026-01-01T00:00:00Z' })
    const { body } = await call('GET', 'repositories')
    expect(body.next).toBeNull()
    expect(body.repositories).toMatchObject([
      { fullName: 'o/whole', newest: null, pullRequests: { stored: 1, github: 0 }, gaps: [] },
      {
        fullName: 'o/part',
        visibility: 'PUBLIC',
        archived: false,
        fork: false,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
        pushedAt: '2026-01-03T00:00:00.000Z',
        pullRequests: { stored: 1, github: 40 },
        newest: { stored: 1, of: 40 },
        syncedFrom: '2025-01-01T00:00:00.000Z',
        gaps: [{ name: 'o/part#7', reason: 'GitHub timed out' }],
      },
    ])
    const first = await call('GET', 'repositories?limit=1')
    const second = await call('GET', `repositories?limit=1&after=${first.body.next}`)
    expect(second.body.repositories).toMatchObject([{ fullName: 'o/part' }])
    expect(second.body.next).toBeNull()
  })
})
