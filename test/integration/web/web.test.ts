import { createServer } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { type Pool, poolOf } from '#app/database/pool.server.ts'
import { PRIORITY_BOUNDS } from '#app/queues/stages.ts'
import { listen } from '#server/listen.ts'
import type { Services } from '#server/services/services.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { requestEverything, runEnded, startRehearsal } from '../../support/ledger-checks.ts'
import { addInstallation, createEffects } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let services: Services
const started: Web[] = []

beforeAll(async () => {
  opened = await openTestServices()
  services = opened.services
})
afterAll(async () => {
  await Promise.all(started.map((web) => web.close()))
  await opened.close()
})

async function start(config: Partial<Config> = {}, changed: Partial<Services> = {}): Promise<Web> {
  const settings = { ...services.config, PORT: 0, ...config }
  const web = await startWeb({ ...services, ...changed, config: settings })
  started.push(web)
  return web
}

describe('the web process', () => {
  let web: Web
  beforeAll(async () => {
    web = await start()
  })

  test('reports that it is alive and ready', async () => {
    const active = await send(`${web.url}/healthz`)
    expect([active.status, JSON.parse(active.body)]).toEqual([200, { status: 'ok' }])
    const ready = await send(`${web.url}/readyz`)
    const state = { status: 'ready', database: 'ok', queue: 'ok' }
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, state])
  })

  test('shows the services, the ledger and the GitHub variables', async () => {
    const { status, body, headers } = await send(web.url)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const text of ['<html lang="en"', 'PostgreSQL', 'No worker is running'])
      expect(body).toContain(text)
    expect(body).toContain('No installations yet')
    expect(body).toContain('<code>GITHUB_TOKEN</code>')
  })

  test('shows no secrets of its configuration', async () => {
    const secret = 'github_pat_abcdefgh12345678'
    const { url } = await start({
      GITHUB_TOKEN: secret,
      github: { kind: 'token', token: secret },
    })
    const { body } = await send(url)
    expect(body).toContain('A personal access token is configured.')
    expect(body).toContain('Whence uses it to read the repositories that you ask for.')
    expect(body).not.toMatch(/github_pat_|postgres:\/\//)
  })

  test('allows only its own scripts', async () => {
    const [first, second] = await Promise.all([send(web.url), send(web.url)])
    const policy = String(first.headers['content-security-policy'])
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
    const scripts = first.body.match(/<script[^>]*>/g) ?? []
    expect(scripts.length).toBeGreaterThan(1)
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`)
    expect(policy).toContain("default-src 'none'")
    expect(second.headers['content-security-policy']).not.toBe(policy)
    expect(first.headers['x-content-type-options']).toBe('nosniff')
    expect(first.headers['x-powered-by']).toBeUndefined()
  })

  test.each(['/nothing-here', '/departures', '/search.csv', '/pulls/o/r/1', '/events', '/'])(
    'answers a POST to %s, which takes none, with a plain 405',
    async (path) => {
      const { origin } = new URL(web.url)
      const { status, headers, body } = await send(`${web.url}${path}`, { origin }, 'POST', 'a=b')
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
      expect(headers['content-type']).toMatch(/^text\/plain/)
      expect(body).toBe('POST is not possible here: this address can only be read.\n')
    },
  )

  test('lets browsers cache immutable files', async () => {
    const { body } = await send(web.url)
    const style = /\/assets\/[\w.-]+\.css/.exec(body)?.[0]
    const { status, headers } = await send(`${web.url}${style}`)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await send(`${web.url}/assets/gone.css`)).status).toBe(404)
  })

  test('sends no zero bytes, wherever characters of several bytes fall', async () => {
    for (let length = 300; length < 304; length++) {
      const page = await send(
        `${web.url}/search?q=${'x'.repeat(length - 300)}${'%E2%80%93'.repeat(length)}`,
      )
      expect(page.status).toBe(200)
      expect(page.body.split('–').length).toBeGreaterThan(length)
      expect(page.body.includes('\0')).toBe(false)
    }
  })

  test('has a page for an unknown URL', async () => {
    const { status, body } = await send(`${web.url}/nothing/here`)
    expect(status).toBe(404)
    expect(body).toContain('Page not found')
  })

  test('rejects a foreign host', async () => {
    const { status, body } = await send(web.url, { host: 'rebind.example:3000', accept: '*/*' })
    expect(status).toBe(421)
    expect(JSON.parse(body).hint).toContain('PUBLIC_URL')
    expect((await send(web.url, { host: 'localhost:1' })).status).toBe(200)
  })

  test('rejects a write from another site', async () => {
    const { status } = await send(web.url, { origin: 'http://evil.example' }, 'POST')
    expect(status).toBe(403)
    const own = await send(web.url, { origin: new URL(web.url).origin }, 'POST')
    expect(own.status).not.toBe(403)
  })

  test('exports metrics of the queue, the workers and the items of open runs', async () => {
    await createEffects(services.database.pool)
    const installation = await addInstallation(services.database)
    const { runId } = await requestEverything(services.database, installation)
    // The lowest priority has an age, too.
    await services.database.pool.query('update work_item set priority = $1 where run_id = $2', [
      PRIORITY_BOUNDS.highest,
      runId,
    ])
    const { body: pending } = await send(`${web.url}/metrics`)
    expect(pending).toMatch(/whence_pending_oldest_seconds\{stage="extraction"\} \d/)
    let scraped = ''
    const worker = await startRehearsal(services, {
      size: { repositories: 3, pages: 2, perPage: 2 },
      visited: async () => {
        if (!scraped) scraped = (await send(`${web.url}/metrics`)).body
      },
    })
    await runEnded(services.database.pool, runId)
    await worker.close()
    const labels = `installation="${installation}",step="github_repositories",stage="extraction"`
    expect(scraped).toContain(`whence_stage_items{${labels},counter="total"} 3`)
    expect(scraped).toMatch(/whence_queue_depth\{stage="extraction"\} \d/)
    expect(scraped).toMatch(/whence_pending_oldest_seconds\{stage="extraction"\} \d/)
    expect(scraped).toContain('whence_workers 1')
    expect(scraped).toContain('whence_worker_slots{stage="transform"} 4')
    expect(scraped).toContain('whence_database_up 1')
    expect(scraped).toContain('nodejs_eventloop_lag_seconds')
    expect((await send(`${web.url}/metrics`)).body).not.toContain('counter="total"')
  })

  test('shows the items that a run failed to process', async () => {
    const installation = await addInstallation(services.database)
    const { runId } = await requestEverything(services.database, installation)
    const worker = await startRehearsal(services, {
      size: { repositories: 1, pages: 1, perPage: 3 },
      trouble: { 'pull-request:0:0:1': 'gap', 'pull-request:0:0:2': 'fail' },
    })
    await runEnded(services.database.pool, runId)
    const { body } = await send(web.url)
    await worker.close()
    expect(body).toContain('the rehearsal failed')
    expect(body).toContain('<code>pull-request:0:0:1</code>')
  })
})

describe('without a database', () => {
  let web: Web
  let pool: Pool
  beforeAll(async () => {
    const nobody = await listen(() => {}, { HOST: '127.0.0.1', PORT: 0 })
    await nobody.close()
    const connectionString = `${nobody.url.replace('http', 'postgres')}/nowhere`
    pool = poolOf(new pg.Pool({ connectionString }))
    web = await start({}, { database: { ...services.database, pool, web: pool, vital: pool } })
  })

  test('is alive but not ready', async () => {
    expect((await send(`${web.url}/healthz`)).status).toBe(200)
    const { status, body } = await send(`${web.url}/readyz`)
    expect(status).toBe(503)
    expect(JSON.parse(body)).toMatchObject({ status: 'unavailable', database: 'down' })
    expect(JSON.parse(body).reason).toBe('the database does not answer (ECONNREFUSED)')
  })

  test('still shows its page, with the outage', async () => {
    const { status, body } = await send(web.url)
    expect(status).toBe(200)
    expect(body).toContain('The database does not answer (ECONNREFUSED)')
    expect(body).toContain('The ledger cannot be read')
  })

  test('still exports metrics', async () => {
    const { status, body } = await send(`${web.url}/metrics`)
    expect(status).toBe(200)
    expect(body).toContain('whence_database_up 0')
    expect(body).toContain('whence_queue_up 1')
    expect(body).toContain('process_resident_memory_bytes')
  })
})

describe('if others can reach it', () => {
  let web: Web
  beforeAll(async () => {
    web = await start({ PUBLIC_URL: 'https://whence.example.com' })
  })

  test.each(['/', '/metrics', '/favicon.svg', '/nothing'])(
    'does not show %s to strangers',
    async (path) => {
      const { status, body } = await send(web.url + path, { accept: 'text/html' })
      expect(status).toBe(401)
      expect(body).toContain('Sign in with the operator link')
    },
  )

  test('still reports its health to anybody', async () => {
    expect((await send(`${web.url}/healthz`)).status).toBe(200)
    expect((await send(`${web.url}/readyz`)).status).toBe(200)
  })

  test('admits whoever opens the link printed at startup, once', async () => {
    const link = new URL(web.operatorLink as string)
    expect(link.origin).toBe('https://whence.example.com')
    const path = web.url + link.pathname + link.search
    expect((await send(path, {}, 'HEAD')).status).toBe(204)

    const opened = await send(path)
    expect([opened.status, opened.headers.location]).toEqual([303, '/'])
    const cookie = String(opened.headers['set-cookie'])
    expect(cookie).toMatch(/^__Host-whence_session=.*; HttpOnly; SameSite=Lax; .*; Secure$/)
    const session = { cookie: cookie.split(';')[0] as string }
    expect((await send(web.url, session)).status).toBe(200)

    expect((await send(path)).status).toBe(401)
    expect((await send(`${web.url}/operator?key=guess`)).status).toBe(401)
  })

  test('accepts the links and sessions of every other web process', async () => {
    const other = await start({ PUBLIC_URL: 'https://whence.example.com' })
    const link = new URL(web.operatorLink as string)
    const fresh = new URL(other.operatorLink as string)
    expect(fresh.search).not.toBe(link.search)
    const opened = await send(web.url + fresh.pathname + fresh.search)
    expect(opened.status).toBe(303)
    const session = { cookie: String(opened.headers['set-cookie']).split(';')[0] as string }
    expect((await send(other.url, session)).status).toBe(200)
  })
})

describe('a web process', () => {
  test('reports the port if it is in use', async () => {
    const { url, close } = await listen(() => {}, { HOST: '127.0.0.1', PORT: 0 })
    const failed = start({ PORT: Number(new URL(url).port) })
    await expect(failed).rejects.toThrow(OperatorError)
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining('Set PORT') })
    await close()
  })

  test('reports an address that this machine does not have', async () => {
    const failed = listen(() => {}, { HOST: '192.0.2.1', PORT: 0 })
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining('Set HOST') })
  })

  test('finishes requests in flight before it ends', async () => {
    const asked = createServer()
    const answers = new Promise<() => void>((resolve) => {
      asked.on('request', (_req, res) => resolve(() => res.end('done')))
    })
    const { url, close } = await listen((...request) => asked.emit('request', ...request), {
      HOST: '127.0.0.1',
      PORT: 0,
    })
    const answer = fetch(url).then((response) => response.text())
    const finish = await answers
    const closed = close()
    await expect(send(url)).rejects.toThrow('ECONNREFUSED')
    finish()
    expect(await answer).toBe('done')
    await closed
  })

  test('does not wait forever for endless requests', async () => {
    const { url, close } = await listen(() => {}, { HOST: '127.0.0.1', PORT: 0 }, 100)
    const cutOff = expect(send(url)).rejects.toThrow()
    await expect.poll(async () => (await Promise.race([cutOff, 'open'])) ?? 'cut').toBe('open')
    await close()
    await cutOff
  })
})
