import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createToken } from '#app/auth/tokens.server.ts'
import { send } from '../../support/send.ts'
import {
  cookieOf,
  type Jar,
  type OpenedSignIn,
  ORIGIN,
  openSignIn,
  signIn,
} from '../../support/web/sign-in.ts'

// An installation that opens its public repositories to everybody who is let in.

let opened: OpenedSignIn
let ids: Record<string, string>
let ben: Jar
let owner: Jar
/** Public repositories of the other account, which GitHub shows to its owner alone. */
let open: string[]

beforeAll(async () => {
  opened = await openSignIn()
})
beforeEach(async () => {
  ids = await opened.copy()
  await opened.db.query('truncate api_token')
  const { people } = opened.standIn
  people.give('ben', { reads: ['acme/secret'] })
  people.give('sal', { owns: ['saltmarsh'] })
  ben = await signedIn('ben')
  owner = await signedIn('sal')
  await opened.db.query(
    `update repository set visibility = case when full_name in ('saltmarsh/quay', 'saltmarsh/tideline')
       then 'PUBLIC' else 'PRIVATE' end`,
  )
  open = ['saltmarsh/quay', 'saltmarsh/tideline']
})
afterAll(() => opened.close())

async function signedIn(login: string): Promise<Jar> {
  const jar: Jar = new Map()
  await signIn(opened, jar, login)
  return jar
}

async function seenWith(headers: Record<string, string>): Promise<string[]> {
  const { status, body } = await send(`${opened.web.url}/api/v1/repositories`, headers)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  const { repositories } = JSON.parse(body) as { repositories: { fullName: string }[] }
  return repositories.map(({ fullName }) => fullName).sort()
}

const seenBy = (jar: Jar) => seenWith({ cookie: cookieOf(jar) })

async function change(jar: Jar, isOpen: boolean) {
  const headers = { cookie: cookieOf(jar), origin: ORIGIN, 'content-type': 'application/json' }
  const path = `${opened.web.url}/api/v1/installations/${ids.saltmarsh}`
  const body = JSON.stringify({ open_public_repositories: isOpen })
  const answer = await send(path, headers, 'PATCH', body)
  return { status: answer.status, body: JSON.parse(answer.body) }
}

async function tokenOf(login: string, repositories?: string[]): Promise<string> {
  const { rows } = await opened.db.query<{ id: string }>('select id from person where login = $1', [
    login,
  ])
  const grant = { rights: 'read' as const, days: 7, ...(repositories && { repositories }) }
  const prisma = await opened.services.database.prisma()
  const name = `token ${repositories?.length ?? 'whole'}`
  return (await createToken(prisma, name, grant, rows[0]?.id)).token
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('public repositories of an installation', () => {
  test('are for those alone who read something of it, unless its owner opens them', async () => {
    expect(await seenBy(ben)).toEqual(['acme/secret'])
    expect((await change(ben, true)).status).toBe(403)
    const { status, body } = await change(owner, true)
    expect([status, body.settings.open_public_repositories]).toEqual([200, true])
    expect(body.effects).toEqual([expect.stringMatching(/^Shows its public repositories to every/)])
    expect(await seenBy(ben)).toEqual(['acme/secret', ...open])
    const { rows } = await opened.db.query(
      `select actor, details from audit_entry where action = 'settings.changed' order by id desc limit 1`,
    )
    expect(rows).toMatchObject([{ actor: expect.stringMatching(/^person sal /) }])
    expect(JSON.stringify(rows)).toContain('open_public_repositories')
    await change(owner, false)
    expect(await seenBy(ben)).toEqual(['acme/secret'])
  })

  test('are no way to see its jobs, and to change anything', async () => {
    await change(owner, true)
    const { body } = await send(`${opened.web.url}/api/v1/installations`, { cookie: cookieOf(ben) })
    expect(JSON.parse(body).installations).toEqual([])
    const path = `${opened.web.url}/installations/${ids.saltmarsh}/settings`
    expect((await send(path, { cookie: cookieOf(ben), accept: 'text/html' })).status).toBe(404)
  })

  test('are read by the tokens of people, but not by those for other repositories', async () => {
    await change(owner, true)
    const secret = [ids['acme/secret'] as string]
    expect(await seenWith(bearer(await tokenOf('ben')))).toEqual(['acme/secret', ...open])
    expect(await seenWith(bearer(await tokenOf('ben', secret)))).toEqual(['acme/secret'])
  })

  test('let in nobody who sees nothing else, and nobody without a sign-in', async () => {
    await change(owner, true)
    opened.standIn.people.give('dan', {})
    const dan: Jar = new Map()
    const { body } = await signIn(opened, dan, 'dan')
    expect(body).not.toContain('saltmarsh')
    for (const cookie of [cookieOf(dan), ''])
      expect((await send(`${opened.web.url}/api/v1/repositories`, { cookie })).status).toBe(401)
  })

  test.each([
    [
      'one becomes private',
      `update repository set visibility = 'PRIVATE' where full_name = 'saltmarsh/quay'`,
      ['saltmarsh/tideline'],
    ],
    [
      'one becomes internal',
      `update repository set visibility = 'INTERNAL' where full_name = 'saltmarsh/quay'`,
      ['saltmarsh/tideline'],
    ],
    [
      'one is removed',
      `update repository set hidden_at = now() where full_name = 'saltmarsh/quay'`,
      ['saltmarsh/tideline'],
    ],
    [
      'the installation is suspended',
      `update installation set active = false where account = 'saltmarsh'`,
      [],
    ],
  ])('are hidden at once where %s', async (_what, statement, left) => {
    await change(owner, true)
    await opened.db.query(statement)
    expect(await seenBy(ben)).toEqual(['acme/secret', ...left])
  })
})
