import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bindRequest } from '#app/config/logger.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { send } from '../../support/send.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const JSON_TYPE = { 'Content-Type': 'application/json' }

let opened: TestServices
let web: Web
let lines: Record<string, unknown>[] = []

beforeAll(async () => {
  opened = await openTestServices()
  const { services } = opened
  const write = (line: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(line.toString()))
    done()
  }
  const logger = pino({ mixin: bindRequest }, new Writable({ write }))
  web = await startWeb({ ...services, logger, config: { ...services.config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})
beforeEach(() => {
  lines = []
})

async function ask(path: string, headers: Record<string, string> = {}, body?: string) {
  const answer = await send(web.url + path, headers, body === undefined ? 'GET' : 'POST', body)
  const id = answer.headers['x-request-id'] as string
  expect(id).toMatch(UUID)
  return { ...answer, id }
}

/** Calls `work` while every read of the runs fails. */
async function withoutRuns<T>(work: () => Promise<T>): Promise<T> {
  const { pool } = opened.services.database
  await pool.query('alter table run rename to run_elsewhere')
  try {
    return await work()
  } finally {
    await pool.query('alter table run_elsewhere rename to run')
  }
}

test('every answer has an id of its own, and that of the client is not used', async () => {
  const ids: string[] = []
  for (const path of ['/', '/healthz', '/api/v1/jobs', '/nowhere', '/favicon.svg'])
    ids.push((await ask(path, { 'X-Request-Id': 'mine' })).id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a problem names the request, whoever found it', async () => {
  const found = [
    await ask('/api/v1/jobs/1'),
    await ask('/api/v1/jobs?limit=x'),
    await ask('/api/v1/nowhere'),
    await ask('/api/v1/export/everything'),
    await ask('/api/v1/jobs', { Host: 'evil.example' }),
    await ask(
      '/api/v1/jobs',
      { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' },
      'x'.repeat(300_000),
    ),
  ]
  for (const { id, body } of found) expect(JSON.parse(body)).toMatchObject({ requestId: id })
  expect(JSON.parse((await ask('/events?job=x')).body).requestId).toMatch(UUID)
})

test('an unexpected error names the request in its log line, its problem and its page', async () => {
  await withoutRuns(async () => {
    const api = await ask('/api/v1/jobs')
    expect(api.status).toBe(500)
    const problem = JSON.parse(api.body)
    expect(problem.requestId).toBe(api.id)
    expect(problem.hint).toBe(
      `The log that Whence writes to its standard error says why: look for the request ${api.id}.`,
    )
    const page = await ask('/jobs', { Accept: 'text/html' })
    expect(page.body).toMatch(`>${page.id}</code>`)
    const named = lines.map(({ requestId }) => requestId)
    expect(named).toEqual([api.id, page.id])
  })
})

test('errors of the tools for agents name the request', async () => {
  const accept = { ...JSON_TYPE, Accept: 'application/json, text/event-stream' }
  const call = (method: string, params: object) =>
    ask('/mcp', accept, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  for (const answer of [
    await call('nothing', {}),
    await ask('/mcp', accept, '[]'),
    await ask('/mcp', accept, '{'),
    await ask('/mcp', { ...accept, 'MCP-Protocol-Version': '1' }, '{}'),
  ])
    expect(JSON.parse(answer.body).error.data).toMatchObject({ requestId: answer.id })
  const failed = await withoutRuns(() => call('tools/call', { name: 'sync_status', arguments: {} }))
  const { result } = JSON.parse(failed.body)
  expect(result).toMatchObject({ isError: true, _meta: { requestId: failed.id } })
  expect(lines.map(({ requestId }) => requestId)).toEqual([failed.id])
})

test('what outlives a request is not taken for a part of it', async () => {
  await withoutRuns(async () => {
    const controller = new AbortController()
    const stream = await fetch(`${web.url}/events`, { signal: controller.signal })
    await stream.body?.getReader().read()
    await expect.poll(() => lines.length).toBeGreaterThan(0)
    controller.abort()
  })
  expect(lines.map(({ requestId }) => requestId)).toEqual(lines.map(() => undefined))
})
