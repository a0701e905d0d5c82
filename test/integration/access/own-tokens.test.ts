import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createToken } from '#app/auth/tokens.server.ts'
import { forgetAbsentPeople } from '#app/sign-in/forget-people.ts'
import { callWhence } from '../../services/whence.ts'
import { listenEvents } from '../../support/listen-events.ts'
import { send } from '../../support/send.ts'
import {
  cookieOf,
  type Jar,
  type OpenedSignIn,
  ORIGIN,
  openSignIn,
  signIn,
  visit,
} from '../../support/web/sign-in.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN }

let opened: OpenedSignIn
let ids: Record<string, string>
let ben: Jar

beforeAll(async () => {
  opened = await openSignIn()
})
beforeEach(async () => {
  ids = await opened.copy()
  await opened.db.query('truncate api_token')
  opened.standIn.faults.clear()
  const { people } = opened.standIn
  people.give('ada', { owns: ['acme'], reads: ['saltmarsh/quay'] })
  people.give('ben', { reads: ['acme/secret'] })
  ben = await signedIn('ben')
})
afterAll(() => opened.close())

async function signedIn(login: string): Promise<Jar> {
  const jar: Jar = new Map()
  await signIn(opened, jar, login)
  return jar
}

const post = (jar: Jar, fields: Record<string, string>, headers: Record<string, string> = FORM) =>
  send(
    `${opened.web.url}/account`,
    { accept: 'text/html', ...headers, cookie: cookieOf(jar) },
    'POST',
    new URLSearchParams(fields).toString(),
  )

/** Makes a token on the page. @returns the token that the page shows. */
async function make(jar: Jar, name = 'agent', days = '30'): Promise<string> {
  const { status, body } = await post(jar, { intent: 'create-token', name, days })
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return /value="(whence_[\w-]{43})"/.exec(body)?.[1] ?? ''
}

const ask = (token: string, path = '/api/v1/repositories', method = 'GET', body = '') =>
  send(opened.web.url + path, { authorization: `Bearer ${token}` }, method, body)

async function names(token: string): Promise<string[]> {
  const { status, body } = await ask(token)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  const { repositories } = JSON.parse(body) as { repositories: { fullName: string }[] }
  return repositories.map(({ fullName }) => fullName)
}

async function age(seconds: number): Promise<void> {
  await opened.db.query(
    `update person_access set asked_at = now() - $1::float8 * interval '1 second'`,
    [seconds],
  )
}

describe('a token of a person', () => {
  test('is shown once, stored as a hash, and in the audit log', async () => {
    const token = await make(ben)
    const { body } = await visit(opened, new Map(ben), '/account')
    expect(body).toContain(token.slice(0, 13))
    expect(body).not.toContain(token)
    const { rows } = await opened.db.query<{ row: string; rights: string; days: number }>(
      `select t::text as row, rights, extract(day from expires_at - created_at)::int4 as days
       from api_token t`,
    )
    expect(rows).toMatchObject([{ rights: 'read', days: expect.closeTo(30, -1) }])
    expect(rows[0]?.row).not.toContain(token.slice(13))
    const { rows: entries } = await opened.db.query(
      `select subject from audit_entry where action = 'token.created' and actor like 'person ben (%'
       order by id desc limit 1`,
    )
    expect(entries).toEqual([{ subject: 'agent' }])
  })

  test('comes in an answer that is not stored', async () => {
    const { headers } = await post(ben, { intent: 'create-token', name: 'agent', days: '7' })
    expect(headers['cache-control']).toContain('no-store')
  })

  test('reads what the person reads, and nothing else', async () => {
    const token = await make(ben)
    const seen = await names(token)
    expect(seen).toContain('acme/secret')
    expect(seen.filter((name) => !name.startsWith('acme/'))).toEqual([])
    const asked = ['/metrics', '/account', '/setup', `/installations/${ids.acme}/settings`]
    const answers = await Promise.all(asked.map((path) => ask(token, path)))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  })

  test('changes nothing, also of somebody who operates', async () => {
    const token = await make(await signedIn('ada'))
    expect((await ask(token, `/installations/${ids.acme}/settings`)).status).toBe(200)
    const job = JSON.stringify({ installation: ids.acme })
    const changes = [
      await ask(token, '/api/v1/jobs', 'POST', job),
      await ask(token, '/account', 'POST', 'intent=create-token&name=x&days=7'),
      await ask(token, '/sign-out', 'POST', 'session=all'),
    ]
    expect(changes.map(({ status }) => status)).toEqual([403, 403, 403])
  })

  test('searches as an agent', async () => {
    const token = await make(ben)
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const { status } = await send(`${opened.web.url}/mcp`, headers, 'POST', JSON.stringify(call))
    expect(status).toBe(200)
  })

  test('follows what GitHub shows the person', async () => {
    const token = await make(ben)
    opened.standIn.people.give('ben', { reads: ['saltmarsh/gangway'] })
    await age(61)
    const seen = await names(token)
    expect(seen).toContain('saltmarsh/gangway')
    expect(seen).not.toContain('acme/secret')
  })

  test('is refused with the reason when GitHub shows nothing, until the next sign-in', async () => {
    const token = await make(ben)
    opened.standIn.people.give('ben', {})
    await age(61)
    for (const _time of [1, 2]) {
      const { status, body } = await ask(token)
      expect([status, JSON.parse(body).detail]).toEqual([
        401,
        'The owner of the token has to sign in again',
      ])
    }
    opened.standIn.people.give('ben', { reads: ['acme/secret'] })
    await signedIn('ben')
    expect(await names(token)).toContain('acme/secret')
  })

  test('is answered with 503 when GitHub has not answered for a quarter of an hour', async () => {
    const token = await make(ben)
    opened.standIn.faults.use({ kind: 'bad-gateway', identity: 'user:ben' })
    await age(890)
    expect((await ask(token)).status).toBe(200)
    await age(901)
    const { status, headers } = await ask(token)
    expect([status, headers['retry-after']]).toEqual([503, '5'])
  })

  test('works after the person has signed out everywhere', async () => {
    const token = await make(ben)
    const out = { ...FORM, cookie: cookieOf(ben) }
    await send(`${opened.web.url}/sign-out`, out, 'POST', 'session=all')
    await opened.db.query('delete from session')
    await forgetAbsentPeople(opened.db)
    await age(61)
    expect(await names(token)).toContain('acme/secret')
    await opened.db.query('update api_token set revoked_at = now()')
    await forgetAbsentPeople(opened.db)
    const { rows } = await opened.db.query('select from user_token')
    expect(rows).toEqual([])
  })

  test('expires', async () => {
    const token = await make(ben)
    await opened.db.query('update api_token set expires_at = now()')
    const { status, body } = await ask(token)
    expect([status, JSON.parse(body).detail]).toEqual([401, 'The token has expired'])
  })

  test('is revoked at once, and its stream of events ends', async () => {
    const token = await make(ben)
    const stream = await listenEvents(`${opened.web.url}/events`, {
      authorization: `Bearer ${token}`,
    })
    await stream.until(({ event }) => event === 'snapshot')
    const { rows } = await opened.db.query<{ id: string }>('select id from api_token')
    const { status, body } = await post(ben, {
      intent: 'revoke-token',
      token: rows[0]?.id as string,
    })
    expect([status, body.includes('Revoked the token')]).toEqual([200, true])
    expect((await ask(token)).status).toBe(401)
    await stream.until(({ event }) => event === 'ended')
  })

  test('is forgotten with the person', async () => {
    const token = await make(ben)
    await opened.db.query(`delete from person where login = 'ben'`)
    expect((await ask(token)).status).toBe(401)
  })
})

describe('the page of the account', () => {
  test('shows and revokes no token of anybody else', async () => {
    const ada = await signedIn('ada')
    const token = await make(ada, 'of ada')
    const operators = await createToken(await opened.services.database.prisma(), 'ci')
    const { body } = await visit(opened, new Map(ben), '/account')
    expect(body).not.toMatch(/of ada|whence_\w{6}/)
    const { rows } = await opened.db.query<{ id: string }>('select id from api_token')
    for (const one of [...rows.map(({ id }) => id), 'of ada', 'ci', '999', '']) {
      const answer = await post(ben, { intent: 'revoke-token', token: one })
      expect([one, answer.status]).toEqual([one, 422])
    }
    expect([await ask(token), await ask(operators.token)]).toMatchObject([
      { status: 200 },
      { status: 200 },
    ])
  })

  test('lets two people use the same name', async () => {
    await make(ben, 'agent')
    await make(await signedIn('ada'), 'agent')
    const again = await post(ben, { intent: 'create-token', name: 'agent', days: '7' })
    expect([again.status, again.body.includes('already exists')]).toEqual([422, true])
    const listed = await callWhence(['token', 'list'], opened.opened.environment, opened.services)
    expect(listed.stdout).toMatch(/agent: whence_.{6}…, of ada, read/)
    expect(listed.stdout).toMatch(/agent: whence_.{6}…, of ben, read/)
  })

  test.each([
    [{ name: '', days: '30' }],
    [{ name: '7', days: '30' }],
    [{ name: 'x', days: '31' }],
    [{ name: 'x', days: '' }],
    [{ name: 'x', days: '1e9' }],
    [{ name: 'x\u0000', days: '30' }],
  ])('refuses a form with the reason: %j', async (fields) => {
    const { status, body } = await post(ben, { intent: 'create-token', ...fields })
    expect(status).toBe(422)
    expect(body).not.toContain('value="whence_')
  })

  test('has a limit for the tokens of a person', async () => {
    await opened.db.query(
      `insert into api_token (name, hash, prefix, rights, expires_at, person_id)
       select 'n' || n, sha256(convert_to(n::text, 'UTF8')), 'whence_x', 'read', now() + interval '1 day', p.id
       from person p, generate_series(1, 20) n where p.login = 'ben'`,
    )
    const { status, body } = await post(ben, { intent: 'create-token', name: 'x', days: '7' })
    expect([status, body.includes('20 tokens already')]).toEqual([422, true])
  })

  test('takes no form from another site', async () => {
    const headers = { ...FORM, origin: 'https://evil.example' }
    const { status } = await post(ben, { intent: 'create-token', name: 'x', days: '7' }, headers)
    expect(status).toBe(403)
  })

  test('makes no token for the operator', async () => {
    await opened.db.query(`update session set method = 'operator_link', person_id = null`)
    const { status } = await post(ben, { intent: 'create-token', name: 'x', days: '7' })
    expect(status).toBe(404)
  })
})

test('a token of the operator that only reads ends no session', async () => {
  const { token } = await createToken(await opened.services.database.prisma(), 'reader')
  expect((await ask(token, '/sign-out', 'POST', 'session=all')).status).toBe(403)
  const more = await createToken(await opened.services.database.prisma(), 'operator', {
    rights: 'operate',
    days: 1,
  })
  await opened.db.query(`update session set method = 'operator_link', person_id = null`)
  await ask(more.token, '/sign-out', 'POST', 'session=all')
  expect((await visit(opened, new Map(ben), '/account')).status).toBe(200)
})
