import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { readConsents } from '#app/sync/status/departures.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  const { services } = opened
  web = await startWeb({ ...services, config: { ...services.config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

test('whoever operates an account sees what its settings send away', async () => {
  const { pool } = opened.services.database
  const id = await addInstallation(opened.services.database)
  await pool.query(
    `update installation set settings = settings || '{"outside_embedding": true, "code": {}}'
     where id = $1`,
    [id],
  )
  const [consent] = await readConsents(pool, operatorScope())
  expect(consent).toMatchObject({ hasCode: true, isOutsideAllowed: true })
  expect(await readConsents(pool, viewerScope({ repositories: [], operates: [id] }))).toHaveLength(
    1,
  )
  expect(await readConsents(pool, viewerScope({ repositories: [], operates: [] }))).toEqual([])
})

test('the page says what is sent, without script', async () => {
  const { status, body } = await send(`${web.url}/departures`, { accept: 'text/html' })
  expect(status).toBe(200)
  expect(body).toContain('What leaves this machine')
  expect(body).toContain('Texts, code and queries stay here.')
})
