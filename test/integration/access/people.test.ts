import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { handleDeliveries } from '#app/webhooks/handle-deliveries.ts'
import { WEBHOOK_PATH } from '#app/webhooks/hook/webhook-mode.ts'
import { startWeb } from '#server/web.ts'
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
import { deliver, signDelivery } from '../../support/webhooks/deliver.ts'
import { SECRET } from '../../support/webhooks/receive-webhooks.ts'

const OF_ACME = [
  'acme/brick',
  'acme/empty',
  'acme/engine',
  'acme/first',
  'acme/mortar',
  'acme/shelved',
]
const OF_SALTMARSH = ['saltmarsh/quay', 'saltmarsh/tideline']

let opened: OpenedSignIn
let ids: Record<string, string>
let jar: Jar

beforeAll(async () => {
  opened = await openSignIn({ GITHUB_WEBHOOK_SECRET: SECRET })
})
beforeEach(async () => {
  ids = await opened.copy()
  opened.standIn.faults.clear()
  const { people } = opened.standIn
  people.give('ada', { owns: ['acme'], reads: ['saltmarsh/quay'] })
  people.give('ben', { reads: ['acme/secret'] })
  jar = new Map()
})
afterAll(() => opened.close())

/** The names of the repositories that a browser sees. */
async function names(own = jar): Promise<string[]> {
  const { status, body } = await visit(opened, new Map(own), '/api/v1/repositories')
  if (status !== 200) throw new Error(`${status}: ${body}`)
  const { repositories } = JSON.parse(body) as { repositories: { fullName: string }[] }
  return repositories.map(({ fullName }) => fullName).sort()
}

const look = async (path = '/account') => visit(opened, new Map(jar), path)

async function age(seconds: number): Promise<void> {
  await opened.db.query(
    `update person_access set asked_at = now() - $1::float8 * interval '1 second'`,
    [seconds],
  )
}

async function endToken(): Promise<void> {
  await age(120)
  await opened.db.query('update user_token set expires_at = now()')
}

const calls = () =>
  opened.standIn.tally.calls.filter(({ identity }) => identity === 'user:ben').length

describe('a person', () => {
  test('sees what GitHub lists, and the public repositories of the same installation', async () => {
    await signIn(opened, jar, 'ben')
    expect(await names()).toEqual([...OF_ACME, 'acme/secret'].sort())
    const ada: Jar = new Map()
    await signIn(opened, ada, 'ada')
    expect(await names(ada)).toEqual([...OF_ACME, 'acme/secret', ...OF_SALTMARSH].sort())
  })

  test('sees no public repository of an installation in which GitHub lists nothing', async () => {
    await signIn(opened, jar, 'ben')
    opened.standIn.people.give('ben', { reads: ['saltmarsh/gangway'] })
    await age(61)
    expect(await names()).toEqual([...OF_SALTMARSH, 'saltmarsh/gangway'].sort())
  })

  test('sees nothing of an installation that is suspended', async () => {
    opened.standIn.people.give('ben', { reads: ['acme/secret', 'saltmarsh/quay'] })
    await signIn(opened, jar, 'ben')
    await opened.db.query(`update installation set active = false where id = $1`, [ids.acme])
    expect(await names()).toEqual(OF_SALTMARSH)
  })

  test('who only reads may change nothing, and finds no page of the server', async () => {
    await signIn(opened, jar, 'ben')
    const answers = await Promise.all([
      change('/api/v1/jobs', { installation: ids.acme as string }),
      look('/setup'),
      look('/metrics'),
      look(`/installations/${ids.acme}/settings`),
      look('/api/v1/audit'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([403, 404, 404, 404, 200])
    expect(JSON.parse(answers[4].body)).toMatchObject({ entries: [] })
    expect((await look('/')).headers.location).toBe('/search')
  })

  test('who owns an account operates its installation, and no other', async () => {
    await signIn(opened, jar, 'ada')
    const answers = await Promise.all([
      look(`/installations/${ids.acme}/settings`),
      look(`/installations/${ids.saltmarsh}/settings`),
      change('/api/v1/jobs', { installation: ids.acme as string }),
      change('/api/v1/jobs', { installation: ids.saltmarsh as string }),
      look('/setup'),
      look('/metrics'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 202, 404, 404, 404])
    expect((await form('/setup', { intent: 'find' })).status).toBe(404)
    const { rows } = await opened.db.query<{ actor: string }>(
      `select actor from audit_entry where action = 'sync.requested' order by id desc limit 1`,
    )
    expect(rows[0]?.actor).toMatch(/^person ada \(\d+\)$/)
  })

  test('who owns an account whose installation waits for approval cannot approve it', async () => {
    await signIn(opened, jar, 'ada')
    await opened.db.query(
      `update installation set active = false, inactive_reason = 'waiting for approval' where id = $1`,
      [ids.acme],
    )
    expect((await look(`/installations/${ids.acme}/settings`)).status).toBe(404)
    expect(
      (await form('/', { intent: 'switch', installation: ids.acme as string, active: 'true' }))
        .status,
    ).toBe(403)
  })
})

async function change(path: string, body: object) {
  const headers = { cookie: cookieOf(jar), origin: ORIGIN, 'content-type': 'application/json' }
  return send(opened.web.url + path, headers, 'POST', JSON.stringify(body))
}

async function form(path: string, fields: Record<string, string>) {
  const type = 'application/x-www-form-urlencoded'
  const headers = {
    cookie: cookieOf(jar),
    origin: ORIGIN,
    'content-type': type,
    accept: 'text/html',
  }
  const query = path === '/' ? '/?index' : path
  return send(opened.web.url + query, headers, 'POST', new URLSearchParams(fields).toString())
}

describe('what GitHub said', () => {
  test('is used for less than a minute, then asked for again with ETags, once for many requests', async () => {
    await signIn(opened, jar, 'ben')
    const before = calls()
    await names()
    expect(calls()).toBe(before)
    await age(61)
    const unchanged = opened.standIn.tally.of('user:ben', 'core').notModified
    await Promise.all([names(), names(), names()])
    expect(calls()).toBe(before + 3)
    expect(opened.standIn.tally.of('user:ben', 'core').notModified).toBe(unchanged + 3)
  })

  test('ends the view of what is lost, with an entry in the audit log', async () => {
    opened.standIn.people.give('ben', { reads: ['acme/secret', 'saltmarsh/*'] })
    await signIn(opened, jar, 'ben')
    opened.standIn.people.give('ben', { reads: ['acme/secret'] })
    await age(61)
    expect(await names()).not.toContain('saltmarsh/quay')
    const { rows } = await opened.db.query(
      `select subject, details ->> 'repositories' as lost from audit_entry
       where action = 'access.lost' order by id desc limit 1`,
    )
    expect(rows).toEqual([{ subject: 'saltmarsh', lost: '3' }])
  })

  test('ends the session if nothing is left, and the next page says why', async () => {
    await signIn(opened, jar, 'ben')
    opened.standIn.people.give('ben', {})
    await age(61)
    for (const _time of [1, 2]) {
      const { status, body } = await look('/search')
      expect([status, body.includes('GitHub shows you nothing any more')]).toEqual([401, true])
    }
  })

  test.each([
    ['with tokens that expire', true],
    ['with tokens that do not expire', false],
  ])('that the sign-in was revoked ends the session, %s', async (_name, expires) => {
    opened.standIn.signIn.expires = expires
    await signIn(opened, jar, 'ben')
    opened.standIn.signIn.expires = true
    opened.standIn.signIn.revoke('ben')
    await age(61)
    const { status, body } = await look('/search')
    expect([status, body.includes('it was revoked')]).toEqual([401, true])
    const { rows } = await opened.db.query('select from user_token')
    expect(rows).toEqual([])
  })

  test.each([
    [{ kind: 'bad-gateway' }],
    [{ kind: 'wrong-content-type' }],
    [{ kind: 'cut-connection' }],
    [{ kind: 'secondary-limit', status: 403 }],
    [{ kind: 'secondary-limit', status: 429 }],
  ] as const)('holds for a quarter of an hour during an outage: %j', async (fault) => {
    await signIn(opened, jar, 'ben')
    const before = await names()
    opened.standIn.faults.use({ ...fault, identity: 'user:ben' })
    // Whole answers, since an answer that nothing has changed has no body to break.
    await opened.db.query(`update person_access set etags = '{}'`)
    await opened.db.query(`update person_installation set etags = '{}'`)
    await age(890)
    expect(await names()).toEqual(before)
    await age(901)
    const { status, headers, body } = await look('/search')
    expect([status, headers['retry-after']]).toEqual([503, '5'])
    expect(body).toContain('Whence cannot tell what you may read')
    opened.standIn.faults.clear()
    // Past every limit, and within the life of the token.
    opened.standIn.clock.advance(7_200)
    await sleep(5_100)
    expect(await names()).toEqual(before)
  })

  test('is used for five minutes while GitHub is slow', async () => {
    await signIn(opened, jar, 'ben')
    opened.standIn.faults.use({ kind: 'slow', seconds: 6, identity: 'user:ben' } as never)
    await age(200)
    const started = performance.now()
    expect(await names()).toContain('acme/secret')
    expect(performance.now() - started).toBeLessThan(5_500)
  })

  test('is not used after another GitHub was configured', async () => {
    await signIn(opened, jar, 'ben')
    await opened.db.query(`update person set host = 'ghe.example'`)
    await age(61)
    expect((await look('/search')).body).toContain('uses another GitHub now')
  })

  test('names the organisation that it leaves out, on the page of the account', async () => {
    opened.standIn.people.give('ben', { reads: ['acme/secret', 'saltmarsh/quay'] })
    opened.standIn.people.endSaml('ben', 'saltmarsh')
    await signIn(opened, jar, 'ben')
    opened.standIn.people.renewSaml('ben', 'saltmarsh')
    const { body } = await look()
    expect(body).toContain('Renew the session of')
    expect(body).toContain(`${opened.standIn.url}/orgs/saltmarsh/sso`)
  })
})

describe('a webhook about access', () => {
  const installation = () => [...opened.standIn.world.installations.values()][0]
  const id = () => opened.standIn.world.actors.get('ben')?.databaseId

  async function receive(event: string, payload: object): Promise<void> {
    expect(await deliver(opened.web.url + WEBHOOK_PATH, signDelivery(event, payload))).toBe(202)
    const { logger } = opened.services
    const handling = { pool: opened.db, logger, listInstallations: async () => {} }
    await handleDeliveries(handling, new AbortController().signal)
  }

  test.each<[string, () => object]>([
    ['member', () => ({ action: 'removed', member: { id: id() } })],
    ['membership', () => ({ action: 'removed', member: { id: id() } })],
    ['organization', () => ({ action: 'member_removed', membership: { user: { id: id() } } })],
    ['team', () => ({ action: 'removed_from_repository' })],
    ['github_app_authorization', () => ({ action: 'revoked', sender: { id: id() } })],
  ])('drops the answer at once: %s', async (event, payload) => {
    await signIn(opened, jar, 'ben')
    opened.standIn.people.give('ben', { reads: ['saltmarsh/gangway'] })
    expect(await names()).toContain('acme/secret')
    await receive(event, { ...payload(), installation: { id: installation()?.id } })
    expect(await names()).not.toContain('acme/secret')
  })

  test('lets nothing be shown before GitHub has answered again', async () => {
    await signIn(opened, jar, 'ben')
    opened.standIn.faults.use({ kind: 'bad-gateway', identity: 'user:ben' })
    await receive('member', { action: 'removed', member: { id: id() } })
    expect((await look('/search')).status).toBe(503)
  })

  test('of another person changes nothing', async () => {
    await signIn(opened, jar, 'ben')
    const before = calls()
    await receive('member', { action: 'removed', member: { id: 1 } })
    await names()
    expect(calls()).toBe(before)
  })

  test('ends an open stream of somebody who operates no more', async () => {
    await signIn(opened, jar, 'ada')
    const stream = await listenEvents(`${opened.web.url}/events`, { cookie: cookieOf(jar) })
    await stream.until(({ event }) => event === 'snapshot')
    opened.standIn.people.give('ada', { reads: ['acme/secret'] })
    const ada = opened.standIn.world.actors.get('ada')?.databaseId
    await receive('member', { action: 'removed', member: { id: ada } })
    await stream.until(({ event }) => event === 'ended')
  })
})

describe('a token that has expired', () => {
  test('is renewed once for 20 requests at once in two processes, and nobody is signed out', async () => {
    await signIn(opened, jar, 'ben')
    await endToken()
    const { refreshes } = opened.standIn.signIn.given
    const second = await startWeb(opened.services)
    const ask = async (url: string) =>
      (await send(`${url}/api/v1/repositories`, { cookie: cookieOf(jar) })).status
    const urls = Array.from({ length: 20 }, (_, index) => (index % 2 ? second : opened.web).url)
    const statuses = await Promise.all(urls.map(ask))
    await second.close()
    expect(statuses).toEqual(urls.map(() => 200))
    expect(opened.standIn.signIn.given.refreshes).toBe(refreshes + 1)
  })

  test('ends the session if GitHub refuses the refresh token', async () => {
    await signIn(opened, jar, 'ben')
    opened.standIn.signIn.revoke('ben')
    await endToken()
    const { status, body } = await look('/search')
    expect([status, body.includes('does not accept the sign-in any more')]).toEqual([401, true])
  })

  test('keeps the session, and the last answer, while GitHub cannot renew it', async () => {
    await signIn(opened, jar, 'ben')
    await endToken()
    opened.standIn.signIn.isDown = true
    expect(await names()).toContain('acme/secret')
    opened.standIn.signIn.isDown = false
    await sleep(5_100)
    expect(await names()).toContain('acme/secret')
    const { rows } = await opened.db.query('select from user_token where expires_at > now()')
    expect(rows).toHaveLength(1)
  })

  test('is renewed by the next process if one dies meanwhile', async () => {
    await signIn(opened, jar, 'ben')
    await endToken()
    await opened.db.query(`update user_token set refreshing_until = now() + interval '1 second'`)
    expect(await names()).toContain('acme/secret')
  })

  test('ends the session if its key is lost', async () => {
    await signIn(opened, jar, 'ben')
    await opened.db.query(`update user_token set access_token = 'v1.000000000000.AAAA'`)
    await age(61)
    expect((await look('/search')).body).toContain('The key that sealed the sign-in')
  })
})
