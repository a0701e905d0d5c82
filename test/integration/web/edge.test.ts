import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHealth } from '#app/health/health.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { send } from '../../support/send.ts'
import { everyRoute } from '../../support/web/every-route.ts'

let opened: TestServices
let web: Web
const lines: string[] = []

beforeAll(async () => {
  opened = await openTestServices()
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const { config } = opened.services
  web = await startWeb({ ...opened.services, logger, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

/** Sends these bytes and returns the status of the answer. */
async function statusOf(request: string, port = Number(new URL(web.url).port)): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(request)
  const answer = await text(socket)
  return Number(answer.split(' ', 2)[1])
}

const END = 'Connection: close\r\n\r\n'

describe("a caller's mistake", () => {
  test.each([
    ['GET / HTTP/1.1\r\nHost: localhost:99999\r\n', 400],
    ['GET http://localhost:3000/healthz HTTP/1.1\r\nHost: localhost\r\n', 200],
    ['GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n', 421],
    ['GET http://a:99999/ HTTP/1.1\r\nHost: localhost\r\n', 400],
    ['OPTIONS * HTTP/1.1\r\nHost: localhost\r\n', 204],
    ['OPTIONS / HTTP/1.1\r\nHost: localhost\r\n', 204],
    ['OPTIONS /api/v1/search?q=a HTTP/1.1\r\nHost: localhost\r\n', 204],
    ['TRACE / HTTP/1.1\r\nHost: localhost\r\n', 405],
    ['PROPFIND / HTTP/1.1\r\nHost: localhost\r\n', 405],
    ['GET /pulls/a%00/b/1 HTTP/1.1\r\nHost: localhost\r\n', 400],
    ['GET /api/v1/pulls/a%00/b/1 HTTP/1.1\r\nHost: localhost\r\n', 400],
    ['GET /%ff HTTP/1.1\r\nHost: localhost\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nHost: localhost\r\n', 400],
    ['GET //localhost:99999/ HTTP/1.1\r\nHost: localhost\r\n', 404],
    ['POST /?index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n', 415, '{}'],
    [
      'POST /?index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n',
      415,
      'ab',
    ],
    [
      'POST /?index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Type: multipart/form-data; boundary=x\r\n',
      415,
      '--x\r\n',
    ],
  ])('is answered without an error in the log: %j', async (request, status, body = '') => {
    lines.length = 0
    expect(await statusOf(request + END + body)).toBe(status)
    expect(lines).toEqual([])
  })

  test('costs no time, however long the path', async () => {
    const path = '://a'.repeat(24_000)
    const began = performance.now()
    for (const host of ['localhost', 'localhost:99999'])
      expect(await statusOf(`GET /${path} HTTP/1.1\r\nHost: ${host}\r\n${END}`)).toBe(414)
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('is a U+0000 in the arguments of a tool', async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const call = (owner: string) =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'get_pull_request', arguments: { owner, repository: 'a', number: 1 } },
      })
    lines.length = 0
    const { body } = await send(`${web.url}/mcp`, headers, 'POST', call('a\0'))
    expect(body).not.toContain('could not answer')
    expect(lines).toEqual([])
  })
})

describe('a body', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  test.each(['/?index', '/api/v1/jobs', '/mcp', '/healthz', '/events', '/nothing'])(
    'of more than 256 KB is refused by %s',
    async (path) => {
      const long = 'a'.repeat(256 * 1024 + 1)
      const declared = { ...form, 'content-length': String(long.length) }
      expect((await send(web.url + path, declared, 'POST', long)).status).toBe(413)
    },
  )

  test.each(['/?index', '/api/v1/jobs', '/mcp'])(
    'that never ends is refused by %s after 256 KB',
    async (path) => {
      lines.length = 0
      const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
      socket.on('error', () => {})
      const type = path === '/?index' ? form['content-type'] : 'application/json'
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
      const pump = setInterval(() => socket.write(chunk), 5)
      const [answer] = await once(socket, 'data')
      clearInterval(pump)
      socket.destroy()
      expect(String(answer)).toMatch(/^HTTP\/1.1 413/)
      expect(lines).toEqual([])
    },
  )
})

test('an answer has at most ten warnings about unknown parameters', async () => {
  const names = Array.from({ length: 2_000 }, (_, number) => `n${number}=`).join('&')
  const { body } = await send(`${web.url}/api/v1/search?q=word&mode=keyword&${names}`)
  const { warnings } = JSON.parse(body)
  expect(warnings.slice(9)).toEqual(['The unknown parameter "n9" was ignored.', 'And 1990 more.'])
})

test('however many strangers ask for the health at once, it is checked once', async () => {
  let checks = 0
  const health = openHealth(opened.services.database, {
    depth: async () => {
      checks++
      return opened.services.queues.depth()
    },
  })
  const answers = await Promise.all(Array.from({ length: 500 }, () => health.queue()))
  expect([answers.every(({ ok }) => ok), checks]).toEqual([true, 1])
  const [first, ...others] = await Promise.all(Array.from({ length: 500 }, () => health.database()))
  expect(first?.ok).toBe(true)
  expect(others.every((one) => one === first)).toBe(true)
  await expect.poll(async () => (await health.queue()) && checks, { timeout: 5_000 }).toBe(2)
})

describe.each(['local', 'link'] as const)('in mode %s', (mode) => {
  let place: Web
  let session: Record<string, string> = {}
  beforeAll(async () => {
    const { services } = opened
    const config = { ...services.config, PORT: 0 }
    const link = { ...config, PUBLIC_URL: 'https://whence.example' }
    place = await startWeb({ ...services, config: mode === 'link' ? link : config })
    if (mode === 'local') return
    const { pathname, search } = new URL(place.operatorLink as string)
    const { headers } = await send(place.url + pathname + search)
    session = { cookie: String(headers['set-cookie']).split(';')[0] as string }
  })
  afterAll(() => place.close())

  function ask(path: string, headers: Record<string, string>, method = 'GET') {
    return send(place.url + path, { ...session, ...headers }, method)
  }
  const from = (site: string, how: string, dest: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': how,
    'sec-fetch-dest': dest,
  })

  test('another site cannot load any route, and can lead people to pages only', async () => {
    for (const path of [...(await everyRoute()), '/mcp']) {
      for (const site of ['cross-site', 'same-site'])
        for (const [how, dest] of [
          ['no-cors', 'empty'],
          ['no-cors', 'script'],
          ['cors', 'empty'],
          ['navigate', 'iframe'],
        ] as const) {
          const { status } = await ask(path, from(site, how, dest))
          expect([path, site, how, status]).toEqual([path, site, how, 403])
        }
      const visit = await ask(path, from('cross-site', 'navigate', 'document'), 'HEAD')
      expect([path, visit.status]).toEqual([path, 403])
      if (!/^\/(api|events|metrics|mcp)/.test(path)) continue
      const opened = await ask(path, from('cross-site', 'navigate', 'document'))
      expect([path, opened.status]).toEqual([path, 403])
    }
  })

  test('people come to a page by a link, and our pages load what they need', async () => {
    expect((await ask('/', from('cross-site', 'navigate', 'document'))).status).toBe(200)
    expect((await ask('/jobs', from('none', 'navigate', 'document'))).status).toBe(200)
    expect((await ask('/api/v1/jobs', from('same-origin', 'cors', 'empty'))).status).toBe(200)
    expect((await ask('/api/v1/jobs', {})).status).toBe(200)
  })

  test('answers for programs are not stored', async () => {
    for (const path of ['/api/v1/jobs', '/api/v1/search?q=word', '/metrics', '/api/openapi.json'])
      expect((await ask(path, {})).headers['cache-control']).toBe('no-store')
  })

  test.each([
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'via',
    'cf-connecting-ip',
  ])(`a request with %s is ${mode === 'local' ? 'refused' : 'answered'}`, async (header) => {
    const { status, body } = await ask('/api/v1/jobs', { [header]: 'a:99999999' })
    expect(status).toBe(mode === 'local' ? 421 : 200)
    if (mode === 'local') expect(JSON.parse(body).hint).toContain('Set PUBLIC_URL')
  })

  test('a notice is a cookie of this host', async () => {
    const origin = mode === 'link' ? 'https://whence.example' : new URL(place.url).origin
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin }
    const { status, headers } = await ask('/?index', form, 'POST')
    expect(status).toBe(303)
    const cookie = String(headers['set-cookie'])
    if (mode === 'local') expect(cookie).toMatch(/^whence_notice=/)
    else expect(cookie).toMatch(/^__Host-whence_notice=.*; Secure$/)
    const [pair = ''] = cookie.split(';')
    const all = [session.cookie, pair].filter(Boolean).join('; ')
    const shown = await send(place.url + String(headers.location), { cookie: all })
    expect(shown.body).toContain('The page sent an unknown request')
  })

  test('a write from another scheme, or without one, is refused', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const { host } = new URL(place.url)
    for (const origin of [host, `ftp://${host}`, 'http://whence.example', 'http://evil.example'])
      expect((await ask('/?index', { ...form, origin }, 'POST')).status).toBe(403)
  })
})
