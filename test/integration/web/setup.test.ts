import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetConnection, readConnection } from '#app/github/connection/read-connection.ts'
import { startWeb, type Web } from '#server/web.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

const PLAN = { intent: 'plan', host: '', owner: 'acme', hook_mode: 'none' }

let opened: TestServices
let standIn: StandIn
let web: Web
let config: TestServices['services']['config']

beforeAll(async () => {
  opened = await openTestServices()
  standIn = await startSmall()
  config = {
    ...opened.services.config,
    ...{ PORT: 0, SECRET_KEY: 'ab'.repeat(32) },
    ...{ GITHUB_API_URL: standIn.url, GITHUB_WEB_URL: standIn.url },
  }
  web = await startWeb({ ...opened.services, config })
})
afterAll(async () => {
  await web.close()
  await standIn.stop()
  await opened.close()
})
beforeEach(async () => {
  await pool().query('truncate github_connection, setup_state, installation cascade')
})

const pool = () => opened.services.database.pool

async function send(form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams(form)
  return fetch(`${web.url}/setup`, { method: 'POST', body, redirect: 'manual' })
}

/** Begins a set-up in a browser of its own. @returns its cookie and its state. */
async function begin(form: Record<string, string> = PLAN) {
  const answer = await send(form)
  expect(answer.status).toBe(303)
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';')
  return { cookie, state: cookie.split('=')[1] ?? '' }
}

async function comeBack(cookie: string, query: Record<string, string>) {
  const answer = await fetch(`${web.url}/setup/github?${new URLSearchParams(query)}`, {
    headers: { cookie, accept: 'text/html' },
    redirect: 'manual',
  })
  return { status: answer.status, text: await answer.text() }
}

function codeFor(name = 'whence-acme-a1b2'): string {
  const manifest = { name, redirect_url: web.url, default_permissions: {} }
  return standIn.creation.confirm(manifest, 'acme')
}

async function accessKind(): Promise<string> {
  // Another pool than the web's, so that nothing is kept from before.
  return (await readConnection(pool(), { ...config })).access.kind
}

describe('an answer of GitHub to a manifest', () => {
  test('is taken once, in the browser that began', async () => {
    const { cookie, state } = await begin()
    const query = { code: codeFor(), state }
    expect((await comeBack(cookie, query)).status).toBe(303)
    expect(await accessKind()).toBe('app')
    const again = await comeBack(cookie, { code: codeFor(), state })
    expect(again.status).toBe(422)
    expect(again.text).toContain('belongs to no set-up')
  })

  test.each<[string, (own: Begun, other: Begun) => [string, string]]>([
    ['of another browser', (own, other) => [own.cookie, other.state]],
    ['without the cookie', (own) => ['', own.state]],
    ['that was made up', () => [`whence_setup=${'a'.repeat(43)}`, 'a'.repeat(43)]],
    ['that is empty', (own) => [own.cookie, '']],
  ])('is refused with a state %s', async (_whose, pick) => {
    const [cookie, state] = pick(await begin(), await begin())
    expect((await comeBack(cookie, { code: codeFor(), state })).status).toBe(422)
    expect(await accessKind()).toBe('none')
  })

  test('is refused after an hour', async () => {
    const { cookie, state } = await begin()
    await pool().query(`update setup_state set created_at = now() - interval '61 minutes'`)
    expect((await comeBack(cookie, { code: codeFor(), state })).status).toBe(422)
    expect(await accessKind()).toBe('none')
  })

  test.each([
    ['an unknown code (404)', () => 'unknown', /good once, for an hour/],
    ['a name that is taken (422)', () => codeFor('taken-name'), /did not create the App \(422\)/],
    ['a code that is none', () => '../../user', /belongs to no set-up/],
  ])('stores nothing for %s', async (_what, code, words) => {
    const { cookie, state } = await begin()
    const { status, text } = await comeBack(cookie, { code: code(), state })
    expect(status).toBe(422)
    expect(text).toMatch(words)
    expect(text).toContain('Create the App again')
    expect(await accessKind()).toBe('none')
  })
})

type Begun = Awaited<ReturnType<typeof begin>>

describe('an installation that the address names', () => {
  test.each(['1', '99999999999', '../x', ''])(
    'is refused if GitHub does not list it: %j',
    async (id) => {
      const { cookie, state } = await begin()
      await comeBack(cookie, { code: codeFor(), state })
      const query = { installation_id: id, setup_action: 'install' }
      const { status, text } = await comeBack('', query)
      expect(status).toBe(422)
      expect(text).toContain('GitHub lists no such installation')
      const { rows } = await pool().query('select from installation')
      expect(rows).toEqual([])
    },
  )

  test('is known if GitHub lists it, and nothing is read before the set-up is complete', async () => {
    const { cookie, state } = await begin()
    await comeBack(cookie, { code: codeFor(), state })
    standIn.changes.install({ account: 'acme' })
    const [id] = standIn.world.installations.keys()
    const query = { installation_id: String(id), setup_action: 'install' }
    expect((await comeBack('', query)).status).toBe(303)
    const { rows } = await pool().query<{ runs: number }>('select count(*)::int as runs from run')
    expect(rows).toEqual([{ runs: 0 }])
  })
})

describe('what is chosen', () => {
  test('is estimated with its price, and copied once a foreign account is approved', async () => {
    const { cookie, state } = await begin()
    await comeBack(cookie, { code: codeFor(), state })
    standIn.changes.install({ account: 'acme' })
    const [id] = standIn.world.installations.keys()
    await comeBack('', { installation_id: String(id), setup_action: 'install' })
    const unapproved = `update installation set active = false,
      inactive_reason = 'waiting for approval', inactive_at = now()`
    await pool().query(unapproved)
    const page = await (await fetch(`${web.url}/setup?step=choose`)).text()
    const own = /name="approved-(\d+)"/.exec(page)?.[1] as string
    const form = {
      ...{ installation: own, [`account-${own}`]: 'acme', [`unapproved-${own}`]: 'on' },
      ...{ [`history-${own}`]: 'all', [`schedule-${own}`]: '15m', price: '0.5' },
    }
    const approved = { ...form, [`approved-${own}`]: 'on' }
    expect(await (await send({ ...form, intent: 'estimate' })).text()).not.toContain(
      'acme</strong>',
    )
    const estimated = await (await send({ ...approved, intent: 'estimate' })).text()
    expect(estimated).toMatch(/acme<\/strong>.*pull requests/s)
    expect(estimated).not.toContain('on disk for the clones')
    const textOf = (html: string) => html.replace(/<[^>]*>/g, '')
    // The question is answered with no, and what a yes would take is told.
    const without = { ...approved, [`code-${own}`]: '' }
    expect(textOf(await (await send({ ...without, intent: 'estimate' })).text())).toMatch(
      /No code is ingested\. That of all \d+ repositories would take an estimated [\d.]+ to [\d.]+ MB on disk/,
    )
    const withCode = { ...approved, [`code-${own}`]: '*', [`code-branches-${own}`]: 'release/*' }
    const coded = await (await send({ ...withCode, intent: 'estimate' })).text()
    expect(textOf(coded)).toMatch(
      /The code of \d+ repositories takes an estimated [\d.]+ to [\d.]+ MB on disk for the clones and [\d.]+ to [\d.]+ MB in the database, and has [\d,]+ to [\d,]+ tokens to embed\. This estimate/,
    )
    expect(textOf(coded)).toMatch(/acme\/[\w.-]+: [\d,]+ to [\d,]+ tokens/)
    expect(coded).toMatch(/\*<\/textarea>/)
    expect((await send({ ...approved, price: 'cheap', intent: 'estimate' })).status).toBe(422)
    const odd = { ...approved, [`history-${own}`]: 'long ago', [`include-${own}`]: 'api-*' }
    const refused = await (await send({ ...odd, intent: 'start' })).text()
    expect(refused).toMatch(/value="long ago"/)
    expect(refused).toContain('api-*</textarea>')
    const decision = async () =>
      (await pool().query(`select settings -> 'active' as active from installation`)).rows
    await send({ ...form, intent: 'start' })
    expect(await decision()).toEqual([{ active: null }])
    await pool().query(unapproved)
    expect((await send({ ...withCode, intent: 'start' })).status).toBe(303)
    expect(await decision()).toEqual([{ active: true }])
    const { rows } = await pool().query(`select settings -> 'code' as code from installation`)
    expect(rows).toEqual([{ code: { repositories: ['*'], branches: ['release/*'] } }])
  })
})

describe('the page', () => {
  test('lets a form lead to the configured GitHub, and to nowhere from other pages', async () => {
    const policy = async (path: string) =>
      (await fetch(web.url + path, { redirect: 'manual' })).headers.get('content-security-policy')
    expect(await policy('/setup')).toContain(`form-action 'self' ${standIn.url};`)
    for (const path of ['/', '/setup/github', '/auth/github/callback'])
      expect(await policy(path)).toContain("form-action 'self';")
  })

  test.each([
    [{ ...PLAN, owner: 'a/../b' }, 'is not the name of an organisation'],
    [{ ...PLAN, host: 'https://ghe.example/x?y' }, 'is not the name of a host'],
    [{ ...PLAN, hook_mode: 'push' }, 'GitHub cannot deliver to Whence: 127.0.0.1 is on this'],
    [{ intent: 'import', app_id: '1', private_key: 'x' }, 'That is no private key'],
    [
      { intent: 'import', app_id: '1', private_key: 'x', client_id: 'Iv1.a' },
      'The client ID and the client secret are needed together',
    ],
    [{ intent: 'try', token: '' }, 'A token and at least one repository are needed'],
    [
      { intent: 'try', token: 'ghp_1', repositories: 'https://gitlab.com/acme/engine' },
      'The repository is on gitlab.com',
    ],
    [
      { intent: 'try', token: 'ghp_1', repositories: 'acme' },
      '&quot;acme&quot; is not the name of a repository',
    ],
    [{ intent: 'start' }, 'The App is not installed yet'],
    [{ intent: 'other' }, 'The page sent an unknown request'],
  ])('refuses a form: %j', async (form, words) => {
    const answer = await send(form as Record<string, string>)
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(words)
  })

  test('fills a form that was refused in again, without its secrets', async () => {
    const answer = await send({ ...PLAN, host: 'x y', owner: 'acme', is_public: 'on' })
    const text = await answer.text()
    expect(text).toMatch(/name="owner"[^>]* value="acme"/)
    const secrets = { private_key: 'no key', webhook_secret: 'hushed', client_secret: 'hushed' }
    const imported = await (await send({ intent: 'import', app_id: '77', ...secrets })).text()
    expect(imported).toMatch(/name="app_id"[^>]* value="77"/)
    expect(imported).not.toMatch(/no key|hushed/)
    const tried = { intent: 'try', token: 'ghp_hushed', repositories: 'acme/x\n..' }
    expect(await (await send(tried)).text()).toMatch(/acme\/x\n\.\.<\/textarea>/)
  })

  test('imports an App, with what people sign in with', async () => {
    const app = { app_id: String(standIn.appId), private_key: standIn.privateKey }
    const form = { intent: 'import', hook_mode: 'none', ...app }
    const client = { id: standIn.clientId, secret: 'hushed-client' }
    const connected = async () => {
      forgetConnection(pool())
      return readConnection(pool(), config)
    }
    expect((await send(form)).status).toBe(303)
    expect(await connected()).toMatchObject({ access: { kind: 'app' }, client: null })
    await send({ ...form, client_id: client.id, client_secret: client.secret })
    expect((await connected()).client).toEqual(client)
    const { rows } = await pool().query<{ row: string }>(
      'select c::text as row from github_connection c',
    )
    expect(rows[0]?.row).not.toContain(client.secret)
    // Another key for the same App.
    await send(form)
    expect((await connected()).client).toEqual(client)
  })

  test('proposes a name that no page has proposed before', async () => {
    const { cookie } = await begin()
    const names = new Set<string>()
    for (const _view of [1, 2, 3]) {
      const page = await fetch(`${web.url}/setup?step=create`, { headers: { cookie } })
      expect(page.headers.get('cache-control')).toContain('no-store')
      names.add(/<strong[^>]*>(whence-127-0-0-1-[0-9a-f]{4})</.exec(await page.text())?.[1] ?? '')
    }
    expect(names.size).toBe(3)
    expect(names).not.toContain('')
  })

  test('is at permanent addresses', async () => {
    expect((await fetch(`${web.url}/setup`)).status).toBe(200)
    const back = await fetch(`${web.url}/auth/github/callback`, {
      headers: { accept: 'text/html' },
    })
    expect([back.status, await back.text()]).toEqual([
      409,
      expect.stringContaining('There is no sign-in with GitHub'),
    ])
    const delivered = await fetch(`${web.url}/webhooks/github`, { method: 'POST', body: '{}' })
    expect(await delivered.json()).toMatchObject({ message: expect.stringMatching(/webhook/) })
  })
})
