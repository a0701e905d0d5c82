import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDecisions } from '#app/api/decisions.ts'
import { problem } from '#app/api/problems.ts'
import { operatorScope } from '#app/auth/scope.ts'
import {
  createToken,
  findBearer,
  listTokens,
  revokeToken,
  type TokenGrant,
} from '#app/auth/tokens.server.ts'
import type { Config } from '#app/config/env.server.ts'
import { hideSecrets } from '#app/config/secrets.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { recordFirstUse } from '#app/sign-in/record-first-use.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { send } from '../../support/send.ts'
import { everyRoute } from '../../support/web/every-route.ts'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let prisma: PrismaClient
let local: Web

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  prisma = await opened.services.database.prisma()
  local = await start()
})
afterAll(async () => {
  await local.close()
  await opened.close()
})

function start(config: Partial<Config> = {}): Promise<Web> {
  const { services } = opened
  return startWeb({ ...services, config: { ...services.config, PORT: 0, ...config } })
}

async function startFor(config: Partial<Config>): Promise<Web> {
  const web = await start(config)
  onTestFinished(() => web.close())
  return web
}

/** Settings for clients on other machines, although the server listens on this machine only. */
const ELSEWHERE = { PUBLIC_URL: 'https://whence.example' }

let made = 0
async function makeToken(grant?: TokenGrant): Promise<string> {
  made += 1
  return (await createToken(prisma, `test ${made}`, grant)).token
}

const OPERATE: TokenGrant = { rights: 'operate', days: 1 }

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a token', () => {
  test('has 256 bits, is shown once, and is stored as a hash only', async () => {
    const { id, token } = await createToken(prisma, 'laptop')
    expect(token).toMatch(/^whence_[\w-]{43}$/)
    const { rows } = await db.query<{ row: string }>(
      'select t::text as row from api_token t where id = $1',
      [id],
    )
    expect(rows[0]?.row).not.toContain(token.slice(13))
    const { rows: hashes } = await db.query(
      'select hash = sha256($2::bytea) as same from api_token where id = $1',
      [id, Buffer.from(token)],
    )
    expect(hashes).toEqual([{ same: true }])
    expect(await findBearer(db, token, null)).toMatchObject({
      ...{ tokenId: id, name: 'laptop', personId: null, isNew: true },
      scope: operatorScope('read'),
    })
  })

  test('reads for 90 days, unless it is made for more', async () => {
    const { id, expiresAt } = await createToken(prisma, 'usual')
    const days = (Number(expiresAt) - Date.now()) / (24 * 3_600_000)
    expect(days).toBeCloseTo(90, 2)
    const listed = await listTokens(db, null)
    expect(listed.find((one) => one.id === id)).toMatchObject({ rights: 'read', expiresAt })
    const more = await createToken(prisma, 'more', { rights: 'operate', days: null })
    expect(more).toMatchObject({ rights: 'operate', expiresAt: null })
    expect(await findBearer(db, more.token, null)).toMatchObject({ scope: operatorScope() })
  })

  test('from before there were rights goes on as it was', async () => {
    await db.query(`insert into api_token (name, hash, prefix, rights)
      values ('old', sha256('old'), 'whence_old', 'operate')`)
    const old = (await listTokens(db, null)).find(({ name }) => name === 'old')
    expect(old).toMatchObject({ rights: 'operate', expiresAt: null })
  })

  test('records its last use, at most once a minute', async () => {
    const { id, token } = await createToken(prisma, 'watch')
    const used = async () => (await listTokens(db, null)).find((one) => one.id === id)?.lastUsedAt
    expect(await used()).toBeNull()
    await recordFirstUse(db, { tokenId: id, name: 'watch', personId: null })
    const first = await used()
    expect(first).toEqual(expect.any(Date))
    await findBearer(db, token, null)
    expect(await used()).toEqual(first)
    await db.query(`update api_token set last_used_at = now() - interval '61 seconds'`)
    await findBearer(db, token, null)
    expect(Number(await used())).toBeGreaterThanOrEqual(Number(first))
  })

  test('is revoked by id or name, which frees the name', async () => {
    const first = await createToken(prisma, 'robot')
    await expect(createToken(prisma, 'robot')).rejects.toThrow(
      'A token named "robot" already exists',
    )
    expect(await revokeToken(prisma, 'robot')).toBe('robot')
    expect(await findBearer(db, first.token, null)).toBeNull()
    const second = await createToken(prisma, 'robot')
    expect(await revokeToken(prisma, second.id)).toBe('robot')
    await expect(revokeToken(prisma, second.id)).rejects.toThrow('No valid token')
    await expect(revokeToken(prisma, "'; drop table api_token --")).rejects.toThrow(
      'No valid token',
    )
  })

  test.each(['', '7', ' x', 'x'.repeat(65), 'a\nb', 'a\u0000b'])(
    'has a name that cannot be mistaken for an id: not %j',
    async (name) => {
      await expect(createToken(prisma, name)).rejects.toThrow('valid name for a token')
    },
  )

  test('is redacted from logs', async () => {
    const token = await makeToken()
    expect(hideSecrets(`{"msg":"got ${token} from"}`)).toBe('{"msg":"got [secret] from"}')
    const database = 'whence_test_0123456789abcdef0123456789abcdef'
    expect(hideSecrets(database)).toBe(database)
  })
})

describe('a request with a token', () => {
  const asked = ['/api/v1/jobs', '/metrics', '/', '/api/openapi.json']

  test.each(asked)('is admitted to %s from other machines', async (path) => {
    const { url } = await startFor(ELSEWHERE)
    const token = await makeToken()
    const host = 'whence.example'
    expect((await send(url + path, { host, accept: 'application/json' })).status).toBe(401)
    expect((await send(url + path, { host, ...bearer(token) })).status).toBe(200)
  })

  test('receives events', async () => {
    const { url } = await startFor(ELSEWHERE)
    const headers = bearer(await makeToken())
    expect((await send(`${url}/events`, headers, 'HEAD')).status).toBe(204)
    expect((await send(`${url}/events`, {}, 'HEAD')).status).toBe(401)
  })

  test('that is invalid or revoked is refused, on loopback too', async () => {
    const { url } = await startFor(ELSEWHERE)
    const token = await makeToken()
    await revokeToken(prisma, `test ${made}`)
    const wrong = ['nonsense', '', `whence_${'A'.repeat(43)}`, token, `${token} ${token}`]
    for (const web of [url, local.url])
      for (const one of wrong) {
        const { status, headers, body } = await send(`${web}/api/v1/jobs`, bearer(one))
        expect(status).toBe(401)
        expect(headers['www-authenticate']).toBe('Bearer realm="Whence", error="invalid_token"')
        expect(headers['content-type']).toContain('application/problem+json')
        expect(problem.parse(JSON.parse(body)).hint).toContain('whence token create')
      }
  })

  test('needs no token on loopback, and other schemes are left to a proxy', async () => {
    const basic = { authorization: 'Basic d2hvOndoYXQ=' }
    expect((await send(`${local.url}/api/v1/jobs`)).status).toBe(200)
    expect((await send(`${local.url}/api/v1/jobs`, basic)).status).toBe(200)
  })

  test('may write from any origin, but not with a foreign host on loopback', async () => {
    const token = bearer(await makeToken(OPERATE))
    const foreign = { origin: 'http://elsewhere.example' }
    const path = `${local.url}/api/v1/jobs/9/cancel`
    expect((await send(path, foreign, 'POST')).status).toBe(403)
    expect((await send(path, { ...foreign, ...token }, 'POST')).status).toBe(404)
    const host = { host: 'rebind.example' }
    expect((await send(path, { ...host, ...token }, 'POST')).status).toBe(421)
  })

  test('gets a hint if it has no token', async () => {
    const { url } = await startFor(ELSEWHERE)
    const { headers, body } = await send(`${url}/mcp`, {}, 'POST')
    expect(headers['www-authenticate']).toBe('Bearer realm="Whence"')
    expect(problem.parse(JSON.parse(body)).hint).toContain('Authorization: Bearer')
  })
})

describe('a token that only reads', () => {
  test('may search code, which is posted', async () => {
    const { url } = await startFor(ELSEWHERE)
    const token = { ...bearer(await makeToken()), 'content-type': 'application/json' }
    for (const path of ['/api/v1/projects/all/query', '/projects/all/query']) {
      const { status, body } = await send(url + path, token, 'POST', '{"query": "parse"}')
      expect([path, status, JSON.parse(body)]).toEqual([path, 200, { query: 'parse', hits: [] }])
    }
  })

  test('cannot change anything, whatever the address and the method', async () => {
    const { url } = await startFor(ELSEWHERE)
    const token = bearer(await makeToken())
    for (const path of await everyRoute(({ action }) => action !== undefined))
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        // It reads, although it is posted.
        if (method === 'POST' && path.endsWith('/query')) continue
        const { status, body } = await send(url + path, token, method)
        expect([path, method, status]).toEqual([path, method, 403])
        expect(body).toContain('This token may only read')
        expect(body).toContain('whence token create --operate')
      }
    const { headers } = await send(`${url}/api/v1/jobs`, token, 'POST')
    expect(headers['content-type']).toContain('application/problem+json')
    expect((await send(`${url}/MCP/`, token, 'POST', '{}')).status).not.toBe(403)
  })

  test('gets no decisions from its scope either', async () => {
    const { database, config, logger } = opened.services
    const decisions = openDecisions({ ...database, config, logger, github: null })
    const { cancelJob, requestSyncFor, purgeInstallation } = decisions(operatorScope('read'), 'x')
    const refused = { name: 'RefusedError', kind: 'forbidden' }
    await expect(cancelJob('1')).rejects.toMatchObject(refused)
    await expect(requestSyncFor({ mode: 'full' })).rejects.toMatchObject(refused)
    await expect(purgeInstallation('1')).rejects.toMatchObject(refused)
    await expect(decisions(operatorScope(), 'x').cancelJob('1')).rejects.toMatchObject({
      kind: 'unknown',
    })
  })
})

describe('an expired token', () => {
  test('is refused with a sentence that says so', async () => {
    const token = await makeToken()
    const ask = () => send(`${local.url}/api/v1/jobs`, bearer(token))
    expect((await ask()).status).toBe(200)
    await db.query(`update api_token set expires_at = now() where name = 'test ${made}'`)
    const { status, headers, body } = await ask()
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="Whence", error="invalid_token"',
    ])
    expect(problem.parse(JSON.parse(body)).detail).toBe('The token has expired')
    const { stdout } = await callWhence(['token', 'list'], opened.environment, opened.services)
    expect(stdout).toMatch(new RegExp(`test ${made}: .*, read, .*, expired \\d{4}-`))
  })
})

describe('the rate limit of a token', () => {
  test('is sent with every response, and further requests are rejected', async () => {
    const { url } = await startFor({ API_RATE_LIMIT: 2 })
    const token = bearer(await makeToken())
    const ask = () => send(`${url}/api/v1/jobs`, token)
    expect(await ask()).toMatchObject({
      status: 200,
      headers: {
        'ratelimit-limit': '2',
        'ratelimit-remaining': '1',
        'ratelimit-policy': '2;w=60',
        'ratelimit-reset': expect.stringMatching(/^\d+$/),
      },
    })
    expect((await ask()).headers['ratelimit-remaining']).toBe('0')
    const { status, headers, body } = await ask()
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(problem.parse(JSON.parse(body)).detail).toBe('Too many requests with this token')
    const other = bearer(await makeToken())
    expect((await send(`${url}/api/v1/jobs`, other)).status).toBe(200)
  })

  test('does not apply to the operator', async () => {
    const { url } = await startFor({ API_RATE_LIMIT: 1 })
    for (let n = 0; n < 5; n++) expect((await send(`${url}/api/v1/jobs`)).status).toBe(200)
  })

  describeOnProfile('external', 'of several web processes', () => {
    test('is shared', async () => {
      const first = await startFor({ API_RATE_LIMIT: 3 })
      const second = await startFor({ API_RATE_LIMIT: 3 })
      const token = bearer(await makeToken())
      const statuses: number[] = []
      for (const { url } of [first, second, first, second])
        statuses.push((await send(`${url}/api/v1/jobs`, token)).status)
      expect(statuses).toEqual([200, 200, 200, 429])
    })

    test('is not shared by databases of the same name', async () => {
      const { services } = opened
      const config = { ...services.config, PORT: 0, API_RATE_LIMIT: 1 }
      const queues = { ...services.queues, prefix: `${services.queues.prefix}-namesake` }
      const namesake = await startWeb({ ...services, config, queues })
      onTestFinished(() => namesake.close())
      const own = await startFor({ API_RATE_LIMIT: 1 })
      const token = bearer(await makeToken())
      for (const { url } of [own, namesake])
        expect((await send(`${url}/api/v1/jobs`, token)).status).toBe(200)
    })
  })
})

describe('whence token', () => {
  const call = (...argv: string[]) => callWhence(argv, opened.environment, opened.services)

  test('creates, lists and revokes tokens', async () => {
    const { code, stdout, stderr } = await call('token', 'create', '--name', 'ci')
    expect(code).toBe(0)
    const token = stdout.trim()
    expect(stderr).not.toContain(token)
    expect((await send(`${local.url}/api/v1/jobs`, bearer(token))).status).toBe(200)
    const listed = await call('token', 'list')
    expect(listed.stdout).toContain(`ci: ${token.slice(0, 13)}…`)
    expect(listed.stdout).not.toContain(token)
    expect(await call('token', 'revoke', 'ci')).toMatchObject({ code: 0 })
    expect((await send(`${local.url}/api/v1/jobs`, bearer(token))).status).toBe(401)
  })

  test('prints JSON', async () => {
    const { token, name } = JSON.parse((await call('token', 'create', '--json')).stdout)
    expect(name).toBe(`token ${token.slice(0, 13)}`)
    const { tokens } = JSON.parse((await call('token', 'list', '--json')).stdout)
    expect(tokens[0]).toMatchObject({ name, rights: 'read', lastUsedAt: null, revokedAt: null })
    const revoked = await call('token', 'revoke', '--name', name, '--json')
    expect(JSON.parse(revoked.stdout)).toEqual({ revoked: name })
  })

  test('creates tokens that may change things, for any number of days', async () => {
    const create = async (...argv: string[]) =>
      JSON.parse((await call('token', 'create', '--json', ...argv)).stdout)
    const week = await create('--expires', '7')
    const days = (Date.parse(week.expiresAt) - Date.now()) / (24 * 3_600_000)
    expect([week.rights, Math.round(days)]).toEqual(['read', 7])
    expect((await call('token', 'list')).stdout).toContain(', operate, ')
    for (const wrong of ['0', '-1', '1.5', 'soon', '9999', ''])
      expect(await call('token', 'create', '--expires', wrong)).toMatchObject({ code: 2 })
  })

  test('reports errors', async () => {
    expect(await call('token', 'revoke', 'nobody')).toMatchObject({ code: 1, stdout: '' })
    expect(await call('token', 'create', '--name', '7')).toMatchObject({ code: 1, stdout: '' })
    for (const argv of [['revoke'], ['revoke', 'a', '--name', 'b'], ['mint'], []])
      expect(await call('token', ...argv)).toMatchObject({ code: 2, stdout: '' })
  })
})
