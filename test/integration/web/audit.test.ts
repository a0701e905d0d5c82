import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordEntry } from '#app/audit/record-entry.ts'
import { readAudit } from '#app/sync/status/audit-log.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'
import { viewerOf } from '../../support/viewer-of.ts'

let opened: TestServices
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  const { services } = opened
  web = await startWeb({ ...services, config: { ...services.config, PORT: 0 } })
  installation = await addInstallation(services.database)
  const prisma = await services.database.prisma()
  const entry = { actor: 'token nightly', action: 'settings.changed', details: { n: 1 } } as const
  for (const subject of ['first', 'second', 'third'])
    await recordEntry(prisma, { ...entry, installationId: installation, subject })
  const erased = { ...entry, action: 'person.erased' } as const
  await recordEntry(prisma, { ...erased, installationId: null, subject: 'ada' })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function read(query: string) {
  const { status, body } = await send(`${web.url}/api/v1/audit${query}`)
  const parsed = JSON.parse(body)
  if (status === 200) expectShape('GET', 'audit', parsed)
  const subjects = parsed.entries?.map((one: { subject: string }) => one.subject)
  return { status, subjects, next: parsed.next }
}

test('the audit log lists who changed what, newest first, page by page', async () => {
  expect((await read('')).subjects).toEqual(['ada', 'third', 'second', 'first'])
  const page = await read(`?installation=${installation}&limit=2`)
  expect(page.subjects).toEqual(['third', 'second'])
  const rest = await read(`?installation=${installation}&limit=2&before=${page.next}`)
  expect([rest.subjects, rest.next]).toEqual([['first'], null])
  expect((await read('?from=2999-01-01T00:00:00Z')).subjects).toEqual([])
  expect((await read('?until=2000-01-01T00:00:00Z')).subjects).toEqual([])
  expect((await read('?from=yesterday')).status).toBe(422)
})

test('a viewer reads only the entries of the installations that they operate', async () => {
  const { pool } = opened.services.database
  const own = await readAudit(pool, await viewerOf(pool, installation), { limit: 9 })
  expect(own.entries.map(({ subject }) => subject)).toEqual(['third', 'second', 'first'])
  const other = await addInstallation(opened.services.database)
  const none = await readAudit(pool, await viewerOf(pool, other), { limit: 9 })
  expect(none.entries).toEqual([])
})
