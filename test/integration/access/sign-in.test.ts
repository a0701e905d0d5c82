import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { send } from '../../support/send.ts'
import {
  agree,
  begin,
  cookieOf,
  type Jar,
  type OpenedSignIn,
  ORIGIN,
  openSignIn,
  signIn,
  visit,
} from '../../support/web/sign-in.ts'

const SESSION = '__Host-whence_session'
const BROWSER = '__Host-whence_signin'

let opened: OpenedSignIn
/** The last entry of the audit log before a test. */
let first: string

beforeAll(async () => {
  opened = await openSignIn()
  const { people } = opened.standIn
  people.give('ada', { owns: ['acme'] })
  people.give('ben', { reads: ['acme/*'] })
  people.give('eve', {})
})
beforeEach(async () => {
  await opened.copy()
  first = await lastEntry()
})
afterAll(() => opened.close())

async function lastEntry(): Promise<string> {
  const { rows } = await opened.db.query<{ id: string }>(
    'select coalesce(max(id), 0) as id from audit_entry',
  )
  return rows[0]?.id ?? '0'
}

async function audit(): Promise<string[]> {
  const { rows } = await opened.db.query<{ line: string }>(
    `select concat(action, ' by ', regexp_replace(actor, '\\d+', 'N')) as line from audit_entry
     where id > $1 order by id`,
    [first],
  )
  return rows.map(({ line }) => line)
}

const look = async (jar: Jar, path = '/search') => (await visit(opened, new Map(jar), path)).status

describe('signing in', () => {
  test('leads through GitHub to the page that was asked for, with a session', async () => {
    const jar: Jar = new Map()
    const asked = await visit(opened, jar, '/search?q=boiler')
    expect(asked.status).toBe(401)
    const [, link = ''] = /href="(\/auth\/github[^"]*)">Sign in with GitHub</.exec(asked.body) ?? []
    const address = await begin(
      opened,
      jar,
      link.replace('/auth/github', '').replaceAll('&amp;', '&'),
    )
    expect(Object.fromEntries(address.searchParams)).toEqual({
      ...{ client_id: opened.standIn.clientId, redirect_uri: `${ORIGIN}/auth/github/callback` },
      ...{ state: expect.stringMatching(/^[\w-]{43}$/), code_challenge_method: 'S256' },
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    })
    const back = await visit(opened, jar, await agree(address, 'ben'))
    expect([back.status, back.headers.location]).toEqual([303, '/search?q=boiler'])
    expect([...jar.keys()]).toEqual([SESSION])
    expect(back.headers['set-cookie']?.[0]).toMatch(
      /; HttpOnly; SameSite=Lax; Max-Age=604800; Secure$/,
    )
    expect(await look(jar)).toBe(200)
    expect(await audit()).toEqual(['session.started by person ben (N)'])
  })

  test('offers another account', async () => {
    const address = await begin(opened, new Map(), '?account=other')
    expect(address.searchParams.get('prompt')).toBe('select_account')
  })

  test('stores the tokens sealed, and the cookie as a hash', async () => {
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    const { rows } = await opened.db.query<{ row: string }>(
      `select concat(t::text, s::text) as row from user_token t, session s`,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.row).not.toMatch(/gh[ur]_/)
    expect(rows[0]?.row).not.toContain(jar.get(SESSION)?.slice(10))
  })

  test('knows a person by number, whatever the login', async () => {
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    await opened.db.query(`update person set login = 'former'`)
    await signIn(opened, new Map(), 'ben')
    const { rows } = await opened.db.query('select login from person')
    expect(rows).toEqual([{ login: 'ben' }])
  })

  test('works with an App whose tokens do not expire', async () => {
    opened.standIn.signIn.expires = false
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    opened.standIn.signIn.expires = true
    await opened.db.query(`update person_access set asked_at = now() - interval '2 minutes'`)
    expect(await look(jar)).toBe(200)
  })

  test('lets nobody in who reads nothing of the copy, and says what to do', async () => {
    const jar: Jar = new Map()
    const { status, body } = await signIn(opened, jar, 'eve')
    expect(status).toBe(403)
    expect(body).toContain('There is nothing for you here')
    expect(jar.has(SESSION)).toBe(false)
    const { rows } = await opened.db.query('select from person')
    expect(rows).toEqual([])
    expect(await audit()).toEqual(['sign_in.refused by person eve (N)'])
  })

  test('lets nobody in through an installation that no operator has approved', async () => {
    await opened.db.query(
      `update installation set active = false, inactive_reason = 'waiting for approval', inactive_at = now()`,
    )
    expect((await signIn(opened, new Map(), 'ada')).status).toBe(403)
  })

  test('names the organisation whose SAML session is over, with the link that renews it', async () => {
    opened.standIn.people.endSaml('ben', 'acme')
    const { status, body } = await signIn(opened, new Map(), 'ben')
    opened.standIn.people.renewSaml('ben', 'acme')
    expect(status).toBe(403)
    expect(body).toContain('GitHub left out acme')
    expect(body).toContain(`href="${opened.standIn.url}/orgs/acme/sso"`)
  })
})

describe('a state', () => {
  test('is good once', async () => {
    const jar: Jar = new Map()
    const back = await agree(await begin(opened, jar), 'ben')
    const before = new Map(jar)
    expect((await visit(opened, jar, back)).status).toBe(303)
    const again = await visit(opened, before, back)
    expect(again.status).toBe(400)
    expect(again.body).toContain('not under way in this browser')
  })

  test('is good for ten minutes', async () => {
    const jar: Jar = new Map()
    const back = await agree(await begin(opened, jar), 'ben')
    await opened.db.query(`update sign_in_attempt set created_at = now() - interval '10 minutes'`)
    expect((await visit(opened, jar, back)).status).toBe(400)
  })

  test.each<[string, (jar: Jar, back: string) => [Jar, string]]>([
    ['in another browser', (_jar, back) => [new Map(), back]],
    ['with the cookie of another', (_jar, back) => [other(), back]],
    [
      'that was made up',
      (jar, back) => [jar, back.replace(/state=[^&]+/, `state=${'a'.repeat(43)}`)],
    ],
    ['that is missing', (jar, back) => [jar, back.replace(/state=[^&]+&?/, '')]],
    ['given twice', (jar, back) => [jar, `${back}&state=x`]],
  ])('is refused %s', async (_name, change) => {
    const own: Jar = new Map()
    const [jar, back] = change(own, await agree(await begin(opened, own), 'ben'))
    const { status } = await visit(opened, jar, back)
    expect([status, jar.has(SESSION)]).toEqual([400, false])
  })

  test('of two sign-ins side by side leads each back to its own page', async () => {
    const jar: Jar = new Map()
    const [one, two] = [await begin(opened, jar, '?return_to=/projects'), await begin(opened, jar)]
    const first = await visit(opened, new Map(jar), await agree(one, 'ben'))
    const second = await visit(opened, new Map(jar), await agree(two, 'ada'))
    expect([first.headers.location, second.headers.location]).toEqual(['/projects', '/'])
  })
})

const other = (): Jar => new Map([[BROWSER, `signin_${'b'.repeat(43)}`]])

describe('a code', () => {
  test('of another sign-in is refused, because the verifier is another', async () => {
    const [mine, theirs]: [Jar, Jar] = [new Map(), new Map()]
    const own = await agree(await begin(opened, mine), 'ben')
    const stolen = await agree(await begin(opened, theirs), 'ada')
    const code = /code=(\w+)/.exec(stolen)?.[1] as string
    const { status, body } = await visit(opened, mine, own.replace(/code=\w+/, `code=${code}`))
    expect(status).toBe(403)
    expect(body).toContain('bad verification code')
    expect(mine.has(SESSION)).toBe(false)
  })

  test.each([
    ['an empty one', ''],
    ['a path', 'x/../y'],
    ['a long one', 'a'.repeat(300)],
  ])('that is none is refused: %s', async (_name, code) => {
    const jar: Jar = new Map()
    const back = await agree(await begin(opened, jar), 'ben')
    const { status } = await visit(
      opened,
      jar,
      back.replace(/code=\w+/, `code=${encodeURIComponent(code)}`),
    )
    expect(status).toBe(403)
  })

  test('is not exchanged if the person did not agree', async () => {
    const jar: Jar = new Map()
    const address = await begin(opened, jar)
    const state = address.searchParams.get('state')
    const query = `?error=access_denied&state=${state}`
    const { status, body } = await visit(opened, jar, `/auth/github/callback${query}`)
    expect([status, body.includes('you did not agree')]).toEqual([403, true])
  })

  test.each<[string, () => () => void]>([
    [
      'answers with 503',
      () => {
        opened.standIn.signIn.isDown = true
        return () => {
          opened.standIn.signIn.isDown = false
        }
      },
    ],
    [
      'has a bad gateway',
      () => {
        opened.standIn.faults.use({ kind: 'bad-gateway', matching: '/user' })
        return () => opened.standIn.faults.clear()
      },
    ],
    [
      'sends half an answer',
      () => {
        opened.standIn.faults.use({ kind: 'truncated-json', matching: '/user/installations' })
        return () => opened.standIn.faults.clear()
      },
    ],
  ])('starts no session while GitHub %s', async (_name, fail) => {
    const jar: Jar = new Map()
    const back = await agree(await begin(opened, jar), 'ben')
    const repair = fail()
    const { status } = await visit(opened, jar, back)
    repair()
    expect([status, jar.has(SESSION)]).toEqual([503, false])
  })
})

describe('a session', () => {
  test('that an attacker has planted is replaced by another', async () => {
    const planted = `session_${'p'.repeat(43)}`
    const jar: Jar = new Map([[SESSION, planted]])
    await signIn(opened, jar, 'ben')
    expect(jar.get(SESSION)).not.toBe(planted)
    expect(await look(new Map([[SESSION, planted]]))).toBe(401)
  })

  test('ends when its browser signs in again', async () => {
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    const first = new Map(jar)
    await signIn(opened, jar, 'ada')
    expect([await look(first), await look(jar)]).toEqual([401, 200])
  })

  test('of the operator makes the person an operator of what GitHub shows them', async () => {
    const key = await createOperatorKey(await opened.services.database.prisma())
    const jar: Jar = new Map()
    await visit(opened, jar, `/operator?key=${key}`)
    await signIn(opened, jar, 'ben')
    const { body } = await visit(opened, jar, '/account')
    expect(body).toContain('You operate acme')
    expect(await look(jar, '/setup')).toBe(404)
  })
})

describe('the way back', () => {
  test.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/a/../..//evil.example',
    'https:evil.example',
    'https://evil.example/search',
    'javascript:alert(1)',
    '/auth/github',
    '/sign-out',
    '/operator?key=x',
    '/\r\nSet-Cookie: a=b',
  ])('never leaves Whence: %j', async (page) => {
    const jar: Jar = new Map()
    const query = `?return_to=${encodeURIComponent(page)}`
    const { headers } = await signIn(opened, jar, 'ben', query)
    expect(String(headers.location)).toMatch(/^\/(?![/\\])/)
    expect(new URL(String(headers.location), ORIGIN).origin).toBe(ORIGIN)
    expect(String(headers.location)).not.toMatch(/^\/(auth|sign-out|operator)/)
  })
})

describe('a request to begin', () => {
  test('from another site asks for a click', async () => {
    const { status, body } = await visit(opened, new Map(), '/auth/github', {
      'sec-fetch-site': 'cross-site',
    })
    expect([status, body.includes('href="/auth/github"')]).toEqual([403, true])
  })

  test('with HEAD begins nothing', async () => {
    expect((await send(`${opened.web.url}/auth/github`, {}, 'HEAD')).status).toBe(204)
    const { rows } = await opened.db.query('select from sign_in_attempt where created_at > now()')
    expect(rows).toEqual([])
  })
})

describe('signing out', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN }
  const post = (jar: Jar, body: string, headers = form) =>
    send(`${opened.web.url}/sign-out`, { ...headers, cookie: cookieOf(jar) }, 'POST', body)

  test('ends this session, and forgets the tokens with the last', async () => {
    const [one, two]: [Jar, Jar] = [new Map(), new Map()]
    await signIn(opened, one, 'ben')
    await signIn(opened, two, 'ben')
    const tokens = async () => (await opened.db.query('select from user_token')).rows.length
    expect((await post(one, '')).status).toBe(200)
    expect([await look(one), await look(two), await tokens()]).toEqual([401, 200, 1])
    expect((await post(two, 'session=all')).status).toBe(200)
    expect([await look(two), await tokens()]).toEqual([401, 0])
  })

  test('ends another session of the same person, and of nobody else', async () => {
    const [ben, elsewhere, ada]: [Jar, Jar, Jar] = [new Map(), new Map(), new Map()]
    await signIn(opened, ben, 'ben')
    await signIn(opened, elsewhere, 'ben')
    await signIn(opened, ada, 'ada')
    const { rows } = await opened.db.query<{ id: string }>('select id from session order by id')
    const [, second, third] = rows.map(({ id }) => id)
    expect((await post(ben, `session=${second}`)).headers.location).toBe('/account')
    await post(ben, `session=${third}`)
    expect([await look(ben), await look(elsewhere), await look(ada)]).toEqual([200, 401, 200])
  })

  test('is refused from another site', async () => {
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    expect((await post(jar, '', { ...form, origin: 'https://evil.example' })).status).toBe(403)
    expect(await look(jar)).toBe(200)
  })
})
