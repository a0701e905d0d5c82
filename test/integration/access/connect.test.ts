import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { connectAgent } from '../../support/connect-agent.ts'
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

// Tokens for agents, which read only some repositories.

let opened: OpenedSignIn
let ids: Record<string, string>
let ben: Jar

beforeAll(async () => {
  opened = await openSignIn()
})
beforeEach(async () => {
  ids = await opened.copy()
  await opened.db.query('truncate api_token')
  const { people } = opened.standIn
  people.give('ada', { owns: ['acme'] })
  people.give('ben', { reads: ['acme/secret', 'saltmarsh/gangway'] })
  ben = await signedIn('ben')
})
afterAll(() => opened.close())

async function signedIn(login: string): Promise<Jar> {
  const jar: Jar = new Map()
  await signIn(opened, jar, login)
  return jar
}

async function signedInAsOperator(): Promise<Jar> {
  const jar: Jar = new Map()
  const key = await createOperatorKey(await opened.services.database.prisma())
  await visit(opened, jar, `/operator?key=${key}`)
  return jar
}

function post(jar: Jar, fields: [string, string][]) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN }
  const all = { accept: 'text/html', ...headers, cookie: cookieOf(jar) }
  const body = new URLSearchParams(fields).toString()
  return send(`${opened.web.url}/connect`, all, 'POST', body)
}

function connect(jar: Jar, repositories: string[], { name = 'agent', days = '7' } = {}) {
  const chosen = repositories.map((one): [string, string] => ['repository', one])
  return post(jar, [['intent', 'connect-agent'], ['name', name], ['days', days], ...chosen])
}

async function make(jar: Jar, repositories: string[]): Promise<string> {
  const { status, body } = await connect(jar, repositories)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return /value="(whence_[\w-]{43})"/.exec(body)?.[1] ?? ''
}

const ask = (token: string, path: string, method = 'GET', body = '') =>
  send(opened.web.url + path, { authorization: `Bearer ${token}` }, method, body)

async function names(token: string): Promise<string[]> {
  const { status, body } = await ask(token, '/api/v1/repositories')
  if (status !== 200) throw new Error(`${status}: ${body}`)
  const { repositories } = JSON.parse(body) as { repositories: { fullName: string }[] }
  return repositories.map(({ fullName }) => fullName)
}

async function askGithubAgain(): Promise<void> {
  await opened.db.query(`update person_access set asked_at = now() - interval '61 seconds'`)
}

describe('the token of an agent', () => {
  test('reads the chosen repositories, and no others that its owner reads', async () => {
    const token = await make(ben, ['ACME/secret'])
    expect(await names(token)).toEqual(['acme/secret'])
    const hidden = await ask(token, '/api/v1/search?q=repo:saltmarsh/gangway')
    expect(JSON.parse(hidden.body).hits).toEqual([])
  })

  test('connects the official client, with the configuration that the page shows', async () => {
    const { body } = await connect(ben, ['acme/secret'])
    const [, shown = ''] = /<pre[^>]*>({[^<]*mcpServers[^<]*)</.exec(body) ?? []
    const { whence } = JSON.parse(shown.replaceAll('&quot;', '"')).mcpServers
    expect(whence).toMatchObject({ type: 'http', url: `${ORIGIN}/mcp` })
    const token = whence.headers.Authorization.replace('Bearer ', '')
    const client = await connectAgent(opened.web, token)
    onTestFinished(() => client.close())
    const { tools } = await client.listTools()
    expect(tools.length).toBeGreaterThan(4)
    const { structuredContent } = await client.callTool({ name: 'list_repositories' })
    expect(structuredContent).toMatchObject({ repositories: [{ fullName: 'acme/secret' }] })
    const hidden = { repository: 'saltmarsh/gangway', number: 1 }
    const refused = await client.callTool({ name: 'get_pull_request', arguments: hidden })
    expect(refused).toMatchObject({ isError: true })
  })

  test('cannot become one for everything by losing its list', async () => {
    await make(ben, ['acme/secret'])
    const emptied = opened.db.query(`update api_token set repositories = '{}'`)
    await expect(emptied).rejects.toThrow('api_token_narrowed_check')
  })

  test('reads nothing that its owner does not read any more, and it again later', async () => {
    const token = await make(ben, ['acme/secret', 'saltmarsh/gangway'])
    opened.standIn.people.give('ben', { reads: ['saltmarsh/gangway', 'saltmarsh/quay'] })
    await askGithubAgain()
    expect(await names(token)).toEqual(['saltmarsh/gangway'])
    opened.standIn.people.give('ben', { reads: ['acme/secret', 'saltmarsh/gangway'] })
    await askGithubAgain()
    expect((await names(token)).sort()).toEqual(['acme/secret', 'saltmarsh/gangway'])
  })

  test('sees no jobs, settings or audit log, also of an owner, and changes nothing', async () => {
    const token = await make(await signedIn('ada'), ['acme/secret'])
    const { body } = await ask(token, '/api/v1/installations')
    expect(JSON.parse(body).installations).toEqual([])
    for (const path of [`/installations/${ids.acme}/settings`, '/audit', '/connect', '/account'])
      expect([path, (await ask(token, path)).status]).toEqual([path, 404])
    const job = JSON.stringify({ installation: ids.acme })
    expect((await ask(token, '/api/v1/jobs', 'POST', job)).status).toBe(403)
    expect((await ask(token, '/connect', 'POST', 'intent=connect-agent')).status).toBe(403)
  })

  test('works for the operator, narrowed too, and hides what is hidden from everybody', async () => {
    const operator = await signedInAsOperator()
    const token = await make(operator, ['acme/secret'])
    expect(await names(token)).toEqual(['acme/secret'])
    expect(JSON.parse((await ask(token, '/api/v1/installations')).body).installations).toEqual([])
    expect((await ask(token, '/metrics')).status).toBe(404)
    await opened.db.query(`update repository set hidden_at = now() where full_name = 'acme/secret'`)
    expect(await names(token)).toEqual([])
    await opened.db.query('update repository set hidden_at = null')
    const { rows } = await opened.db.query<{ id: string }>('select id from api_token')
    const revoked = await post(operator, [
      ['intent', 'revoke-token'],
      ['token', rows[0]?.id as string],
    ])
    expect(revoked.status).toBe(200)
    expect((await ask(token, '/api/v1/repositories')).status).toBe(401)
  })

  test('answers the test call of the page, and is then shown as used', async () => {
    const token = await make(ben, ['acme/secret'])
    const before = await visit(opened, new Map(ben), '/connect')
    expect(before.body).toMatch(/never used/)
    expect(before.body).not.toContain(token)
    const call = {
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'list_repositories', arguments: {} },
    }
    const headers = {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      accept: 'application/json, text/event-stream',
    }
    const { body } = await send(`${opened.web.url}/mcp`, headers, 'POST', JSON.stringify(call))
    const { repositories } = JSON.parse(body).result.structuredContent
    expect(repositories).toHaveLength(1)
    const after = await visit(opened, new Map(ben), '/connect')
    expect(after.body).toMatch(/last used/)
    expect(after.body).toMatch(/reads (<!-- -->)?1 repository/)
  })
})

describe('the page for agents', () => {
  test('lists what one may read, and says where the tools are', async () => {
    const { body } = await visit(opened, new Map(ben), '/connect')
    expect(body).toContain('value="acme/secret"')
    expect(body).not.toContain('acme/vault')
    expect(body).toContain(`${ORIGIN}/mcp`)
  })

  test.each([
    ['no repository', [], {}],
    ['one that does not exist', ['acme/nowhere'], {}],
    ['too many', Array.from({ length: 501 }, (_, n) => `acme/n${n}`), {}],
    ['no name', ['acme/secret'], { name: '' }],
    ['another time', ['acme/secret'], { days: '365' }],
    ['a byte that no text has', ['acme/sec\u0000ret'], {}],
  ])('refuses %s with the reason', async (_what, repositories, more) => {
    const { status, body } = await connect(ben, repositories, more)
    expect([status, body.includes('value="whence_')]).toEqual([422, false])
  })

  test('answers about a repository that is hidden as about one that does not exist', async () => {
    opened.standIn.people.give('ben', { reads: ['saltmarsh/gangway'] })
    await askGithubAgain()
    const [hidden, absent] = [
      await connect(ben, ['acme/secret']),
      await connect(ben, ['acme/nobody']),
    ]
    expect([hidden.status, absent.status]).toEqual([422, 422])
    expect(/There is no repository acme\/(\w+) that/.exec(hidden.body)?.[1]).toBe('secret')
    expect(/There is no repository acme\/(\w+) that/.exec(absent.body)?.[1]).toBe('nobody')
  })
})
