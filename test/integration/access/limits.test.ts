import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { Worker } from 'node:worker_threads'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createToken } from '#app/auth/tokens.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { limitAtOnce } from '#server/access/at-once.ts'
import { listen } from '#server/listen.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let prisma: PrismaClient
let web: Web
let token: Record<string, string>

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  prisma = await opened.services.database.prisma()
})
beforeEach(async () => {
  await db.query('truncate api_token, installation cascade')
  const { services } = opened
  const config = { ...services.config, PORT: 0, PUBLIC_URL: 'https://whence.example' }
  web = await startWeb({ ...services, config: { ...config, API_RATE_LIMIT: 100 } })
  token = { authorization: `Bearer ${(await createToken(prisma, 'agent')).token}` }
  return () => web.close()
})
afterAll(() => opened.close())

const left = async (path: string, method = 'GET', body = '') => {
  const headers = { ...token, 'content-type': 'application/json', accept: 'application/json' }
  const { headers: answer } = await send(web.url + path, headers, method, body)
  return Number(answer['ratelimit-remaining'])
}

describe('a request with a token', () => {
  const call = (name: string, given: Record<string, unknown>) => {
    const params = { name, arguments: given }
    return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  }

  test.each([
    ['/api/v1/jobs', 1],
    ['/search?q=word', 3],
    ['/api/v1/search?q=word', 3],
    ['/API/v1/search/?q=word&mode=semantic', 3],
    ['/api/v1/search?q=word&mode=keyword', 1],
    ['/api/v1/export/pulls', 20],
    ['/api/v1/export/comments?format=csv', 20],
  ])('for %s costs %i', async (path, cost) => {
    expect(await left(path)).toBe(100 - cost)
  })

  test.each([
    ['search_pull_requests', { query: 'word' }, 3],
    ['search_pull_requests', { query: 'word', mode: 'keyword' }, 1],
    ['find_introducing_pull_request', { path: 'a' }, 5],
    ['list_repositories', {}, 1],
  ])('that calls the tool %s with %j costs %i', async (name, given, cost) => {
    expect(await left('/mcp', 'POST', call(name, given))).toBe(100 - cost)
  })

  test('is refused when it costs more than what is left', async () => {
    for (let n = 0; n < 5; n++) await left('/api/v1/export/pulls')
    const { status, headers } = await send(`${web.url}/api/v1/jobs`, token)
    expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true])
    const dear = call('find_introducing_pull_request', { path: 'a' })
    expect((await send(`${web.url}/mcp`, token, 'POST', dear)).status).toBe(429)
  })
})

/** Adds 40 MB of comments, more than all buffers between the database and a client. */
async function layComments(): Promise<void> {
  const installation = await addInstallation(opened.services.database)
  const repository = await addRepository(db, installation, 'octo/repo')
  await db.query(
    `insert into comment (node_id, repository_id, pull_request_id, author_association, body, url,
       created_at, updated_at, read_at)
     select 'C' || n, $1, $2, 'NONE', repeat('x', 20000), 'https://u', now(), now(), now()
     from generate_series(1, 2000) n`,
    [repository, await addPull(db, repository, 1)],
  )
}

describe('at once', () => {
  test('a token has two exports', async () => {
    await layComments()
    const path = `${web.url}/api/v1/export/comments`
    const open = () =>
      new Promise<IncomingMessage>((resolve) => {
        get(path, { agent: false, headers: token }, resolve)
      })
    const [one, two] = [await open(), await open()]
    expect([one.statusCode, two.statusCode]).toEqual([200, 200])
    const { status, headers, body } = await send(path, token)
    expect([status, headers['retry-after']]).toEqual([429, '1'])
    expect(JSON.parse(body).detail).toBe('Too many exports at once with this token')
    expect((await send(`${web.url}/api/v1/jobs`, token)).status).toBe(200)
    const other = { authorization: `Bearer ${(await createToken(prisma, 'other')).token}` }
    expect((await send(`${web.url}/api/v1/export/pulls`, other)).status).toBe(200)
    one.destroy()
    const again = async () => (await send(`${web.url}/api/v1/export/pulls`, token)).status
    await expect.poll(again).toBe(200)
    two.destroy()
  })

  test('a token has four calls, and its streams of events are not counted', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const app = express()
      .use((req, res, next) => {
        res.locals.tokenId = req.get('token') ?? null
        next()
      }, limitAtOnce())
      .get('/events', (_req, res) => void res.write(':'))
      .use(async (_req, res) => {
        await held
        res.json({})
      })
    const own = await listen(app, { HOST: '127.0.0.1', PORT: 0 }, 100)
    const ask = (headers = {}) => send(own.url, { token: '1', ...headers })
    const streams = Array.from({ length: 6 }, () =>
      get(`${own.url}/events`, { agent: false, headers: { token: '1' } }).on('error', () => {}),
    )
    await Promise.all(streams.map((one) => once(one, 'response')))
    const calls = Array.from({ length: 4 }, () => ask())
    const browser = Array.from({ length: 9 }, () => send(own.url))
    await expect
      .poll(async () => (await Promise.race([ask(), calls[0]]))?.status, { timeout: 3_000 })
      .toBe(429)
    release()
    for (const { status } of await Promise.all([...calls, ...browser])) expect(status).toBe(200)
    await expect.poll(async () => (await ask()).status).toBe(200)
    await own.close()
  })
})

/** Presents wrong tokens on 400 connections, in a thread of its own, until it is told to stop. */
const HAMMER = `
  const { Agent, get } = require('node:http')
  const { parentPort, workerData } = require('node:worker_threads')
  const agent = new Agent({ keepAlive: true, maxSockets: 400 })
  let number = 0
  let refused = 0
  async function hammer() {
    for (;;) {
      const wrong = 'whence_' + String(number++).padStart(43, 'A')
      const options = { agent, headers: { authorization: 'Bearer ' + wrong } }
      const status = await new Promise((resolve) =>
        get(workerData, options, (answer) =>
          answer.resume().on('end', () => resolve(answer.statusCode)),
        ).on('error', resolve),
      )
      if (status === 429 && ++refused === 300) parentPort.postMessage('refused')
    }
  }
  for (let n = 0; n < 400; n++) hammer()
`

test('strangers on 400 connections do not hold up those who have access', async () => {
  const ask = async () => {
    const began = performance.now()
    const { status } = await send(`${web.url}/api/v1/jobs`, token)
    return { status, ms: performance.now() - began }
  }
  expect((await ask()).status).toBe(200)
  const lookUps = vi.spyOn(opened.services.database.web, 'query')
  const strangers = new Worker(HAMMER, { eval: true, workerData: `${web.url}/api/v1/jobs` })
  await once(strangers, 'message')
  const answers = [await ask(), await ask(), await ask(), await ask(), await ask()]
  await strangers.terminate()
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  const tried = lookUps.mock.calls.filter(([sql]) => String(sql).includes('hash = $1')).length
  expect(tried).toBeLessThanOrEqual(60 + answers.length)
  lookUps.mockRestore()
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(3_000)
})
