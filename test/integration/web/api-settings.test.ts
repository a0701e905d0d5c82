import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureSchedules } from '#app/sync/requests/schedules.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  installation = await addInstallation(database, {})
  await ensureSchedules(database.pool, installation)
  const repository = await addRepository(database.pool, installation, 'acme/zoo')
  await addPull(database.pool, repository, 1)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function call(method: string, path: string, body?: object) {
  const answer = await send(`${web.url}/api/v1/${path}`, {}, method, body && JSON.stringify(body))
  return { ...answer, body: JSON.parse(answer.body) }
}

test('the settings of an installation are read and changed', async () => {
  const path = `installations/${installation}`
  const { body: list } = await call('GET', 'installations')
  expect(list).toMatchObject({ installations: [{ installation, settings: { history: '2y' } }] })
  const planned = await call('PATCH', `${path}?dry_run`, { history: '5y' })
  expect(planned).toMatchObject({
    status: 200,
    body: { changed: false, settings: { history: '2y' } },
  })
  const changed = await call('PATCH', path, { history: '5y' })
  expect(changed).toMatchObject({
    status: 200,
    body: { changed: true, effects: [expect.stringMatching(/^The next sync reads up to 0 older/)] },
  })
  expect((await call('GET', path)).body).toMatchObject({ settings: { history: '5y' } })
})

test('who ingests code outside every installation is none', async () => {
  const { rows } = await opened.services.database.pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account)
     values ('local', 'operator', 'operator') returning id`,
  )
  const { body } = await call('GET', 'installations')
  expect(body.installations).toMatchObject([{ installation, kind: 'app' }])
  expect((await call('GET', `installations/${rows[0]?.id}`)).status).toBe(404)
})

test('a change that is not valid is refused with the field and a hint', async () => {
  const refused = await call('PATCH', `installations/${installation}`, { history: 'long' })
  expect(refused).toMatchObject({
    status: 422,
    body: { detail: expect.stringMatching(/^history: must be/), hint: expect.any(String) },
  })
  expect((await call('PATCH', 'installations/999', { history: 'all' })).status).toBe(404)
  expect((await call('GET', 'installations/999')).status).toBe(404)
  const wrong = await call('DELETE', `installations/${installation}`)
  expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, PATCH'])
})

test('the copy of a repository is erased', async () => {
  const counted = await call('DELETE', 'repositories/acme/zoo?dry_run')
  expect(counted).toMatchObject({
    status: 200,
    body: { complete: false, rows: { pullRequests: 1 } },
  })
  expect((await call('GET', 'pulls/acme/zoo/1')).status).toBe(200)
  const erased = await call('DELETE', 'repositories/acme/zoo')
  expect(erased).toMatchObject({
    status: 200,
    body: { complete: true, rows: { repositories: 1, pullRequests: 1 } },
  })
  expect((await call('GET', 'pulls/acme/zoo/1')).status).toBe(404)
  expect((await call('DELETE', 'repositories/acme/zoo')).status).toBe(404)
  expect((await call('POST', 'repositories/acme/zoo')).headers.allow).toBe('DELETE')
})
