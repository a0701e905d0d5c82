import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordEntry } from '#app/audit/record-entry.ts'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { createToken } from '#app/auth/tokens.server.ts'
import { retryRun } from '#app/ledger/decisions.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { readAudit } from '#app/sync/status/audit-log.ts'
import { cliActor } from '#cli/actor.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addRepository } from '../../support/laid-rows.ts'
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

test('the filters are the same in the API, on the page and in the export', async () => {
  const today = new Date().toISOString().slice(0, 10)
  const filters: [string, string[]][] = [
    ['action=person.erased', ['ada']],
    [`action=settings.changed&installation=${installation}`, ['third', 'second', 'first']],
    ['actor=NIGHT', ['ada', 'third', 'second', 'first']],
    ['actor=ni%25t', []],
    [`from=${today}`, ['ada', 'third', 'second', 'first']],
    [`until=${today}`, []],
  ]
  for (const [filter, subjects] of filters) {
    const shown = await send(`${web.url}/audit?${filter}`, { accept: 'text/html' })
    const found = ['ada', 'third', 'second', 'first'].filter((subject) =>
      new RegExp(`<td[^>]*>${subject}<`).test(shown.body),
    )
    const exported = await send(`${web.url}/api/v1/export/audit?${filter}`)
    const lines = exported.body.split('\n').filter((line) => /settings|person/.test(line))
    const listed = lines
      .map((line) => JSON.parse(line))
      .filter((one) => one.action !== 'export.read')
    expect([filter, (await read(`?${filter}&limit=9`)).subjects, found]).toEqual([
      ...[filter, expect.arrayContaining(subjects), subjects],
    ])
    expect([filter, listed.map((one) => one.subject)]).toEqual([filter, subjects])
  }
  for (const wrong of ['action=x', 'from=yesterday', 'installation=x'])
    expect([wrong, (await send(`${web.url}/api/v1/export/audit?${wrong}`)).status]).toEqual([
      ...[wrong, 422],
    ])
})

test('the page has pages, and exports what it shows as CSV', async () => {
  const { pool } = opened.services.database
  await pool.query(
    `insert into audit_entry (actor, action, subject)
     select 'cli many', 'webhook.changed', 'n' || n from generate_series(1, 120) n`,
  )
  const page = await send(`${web.url}/audit?actor=many`, { accept: 'text/html' })
  const [, older] = /href="([^"]*before=\d+)"/.exec(page.body) ?? []
  const next = await send(web.url + older?.replaceAll('&amp;', '&'), { accept: 'text/html' })
  expect([page.body.match(/>n\d+</g)?.[0], next.body.match(/>n\d+</g)?.[0]]).toEqual([
    ...['>n120<', '>n70<'],
  ])
  const [, csv] = /href="(\/api\/v1\/export\/audit[^"]*)"/.exec(page.body) ?? []
  const { body } = await send(web.url + csv?.replaceAll('&amp;', '&'))
  const lines = body.trim().split('\r\n')
  expect([lines.length, lines[0]]).toEqual([
    ...[121, '"id","at","actor","action","installation","subject","details"'],
  ])
})

test('whoever is not the operator reads no names of repositories that they may not read', async () => {
  const { pool } = opened.services.database
  const own = await addInstallation(opened.services.database)
  const seen = await addRepository(pool, own, 'acme/seen')
  await addRepository(pool, own, 'acme/vault')
  const prisma = await opened.services.database.prisma()
  for (const subject of ['acme/seen', 'acme/vault'])
    for (const action of ['repository.purged', 'code.requested'] as const)
      await recordEntry(prisma, {
        ...{ actor: 'cli ada', action, installationId: own, subject },
        details: { job: '7', branch: subject },
      })
  const scope = viewerScope({ repositories: [seen], operates: [own] })
  const { entries } = await readAudit(pool, scope, { limit: 9 })
  expect(JSON.stringify(entries)).not.toContain('vault')
  expect(entries.map(({ subject, details }) => ({ subject, details }))).toEqual([
    { subject: expect.not.stringContaining('/'), details: { job: '7' } },
    { subject: expect.not.stringContaining('/'), details: { job: '7' } },
    { subject: 'acme/seen', details: { job: '7', branch: 'acme/seen' } },
    { subject: 'acme/seen', details: { job: '7', branch: 'acme/seen' } },
  ])
})

test('says once that a token was used first, however many requests are the first', async () => {
  const { pool, prisma } = opened.services.database
  const { token } = await createToken(await prisma(), 'probe')
  const ask = () => send(`${web.url}/api/v1/repositories`, { authorization: `Bearer ${token}` })
  const answers = await Promise.all([ask(), ask(), ask()])
  await ask()
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const { entries } = await readAudit(pool, operatorScope(), { action: 'token.used', limit: 9 })
  expect(entries).toMatchObject([{ actor: 'token probe', subject: 'probe' }])
  const { rows } = await pool.query<{ used: boolean }>(
    `select last_used_at is not null as used from api_token where name = 'probe'`,
  )
  expect(rows).toEqual([{ used: true }])
})

test('a viewer reads only the entries of the installations that they operate', async () => {
  const { pool } = opened.services.database
  const own = await readAudit(pool, await viewerOf(pool, installation), { limit: 9 })
  expect(own.entries.map(({ subject }) => subject)).toEqual(['third', 'second', 'first'])
  const other = await addInstallation(opened.services.database)
  const none = await readAudit(pool, await viewerOf(pool, other), { limit: 9 })
  expect(none.entries).toEqual([])
})

test('says who asked for a sync, cancelled, retried and exported, and in which request', async () => {
  const { pool } = opened.services.database
  const ids: unknown[] = []
  async function ask(method: string, path: string): Promise<{ jobId?: string }> {
    const { headers, body } = await send(`${web.url}/api/v1/${path}`, {}, method)
    ids.unshift(headers['x-request-id'])
    return body.startsWith('{') ? JSON.parse(body) : {}
  }
  await pool.query('delete from installation where id <> $1', [installation])
  const { jobId } = await ask('POST', 'jobs')
  await ask('POST', 'jobs')
  await ask('POST', `jobs/${jobId}/cancel`)
  await requestSync(pool, installation, 'schedule', {})
  await pool.query(`update run set state = 'failed' where id = $1`, [jobId])
  await ask('POST', `jobs/${jobId}/retry`)
  await ask('GET', 'export/pulls?q=is:open')
  await ask('HEAD', 'export/pulls')
  const { entries } = await readAudit(pool, operatorScope(), { limit: 4 })
  expect(entries.map(({ action }) => action)).toEqual([
    ...['export.read', 'job.cancelled', 'sync.requested', 'sync.requested'],
  ])
  expect(entries.map(({ actor }) => actor)).toEqual(Array(4).fill('operator'))
  expect(entries.map(({ details }) => details)).toMatchObject([
    { requestId: ids[1], format: 'jsonl', q: 'is:open' },
    { requestId: ids[3], job: jobId },
    { requestId: ids[4], job: jobId, joined: true },
    { requestId: ids[5], job: jobId, joined: false, request: { mode: 'incremental' } },
  ])
})

test('a retry is recorded with what it reopens', async () => {
  const { pool } = opened.services.database
  const { rows } = await pool.query<{ id: string }>(
    `insert into run (installation_id, mode, trigger, state, request)
     values ($1, 'full', 'manual', 'failed', '{}') returning id`,
    [installation],
  )
  const id = rows[0]?.id as string
  await pool.query(
    `insert into work_item (run_id, position, key, payload, priority, weight, state)
     values ($1, 1, 'x', '{}', 1, 1, 'failed')`,
    [id],
  )
  await retryRun(pool, id, 'token nightly')
  const { entries } = await readAudit(pool, operatorScope(), { limit: 1 })
  expect(entries).toMatchObject([
    { actor: 'token nightly', action: 'job.retried', details: { job: id, items: 1 } },
  ])
})

test('says who made and revoked tokens, and when an operator link was used', async () => {
  const { services, environment } = opened
  const { pool } = services.database
  await callWhence(['token', 'create', '--name', 'ci'], environment, services)
  await callWhence(['token', 'revoke', 'ci'], environment, services)
  await callWhence(['token', 'revoke', 'ci'], environment, services)
  const config = { ...services.config, PORT: 0, PUBLIC_URL: 'https://whence.example' }
  const reachable = await startWeb({ ...services, config })
  const { pathname, search } = new URL(reachable.operatorLink as string)
  const { headers } = await send(reachable.url + pathname + search)
  await send(reachable.url + pathname + search)
  await reachable.close()
  const { entries } = await readAudit(pool, operatorScope(), { limit: 3 })
  expect(entries).toMatchObject([
    {
      ...{ actor: 'operator', action: 'operator_link.redeemed' },
      details: { requestId: headers['x-request-id'] },
    },
    { actor: cliActor(), action: 'token.revoked', subject: 'ci', details: {} },
    { actor: cliActor(), action: 'token.created', subject: 'ci', details: {} },
  ])
})
