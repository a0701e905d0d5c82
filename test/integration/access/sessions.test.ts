import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { deleteOldSessions } from '#app/auth/sessions.server.ts'
import { hideSecrets } from '#app/config/secrets.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { cliActor } from '#cli/actor.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { send } from '../../support/send.ts'

const ORIGIN = 'https://whence.example'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let prisma: PrismaClient
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  prisma = await opened.services.database.prisma()
  const config = { ...opened.services.config, PORT: 0, PUBLIC_URL: ORIGIN }
  web = await startWeb({ ...opened.services, config })
})
beforeEach(() => db.query('truncate session'))
afterAll(async () => {
  await web.close()
  await opened.close()
})

/** Opens a new operator link as a browser. @returns its new cookie. */
async function signIn(cookie = '', agent = 'Firefox'): Promise<string> {
  const key = await createOperatorKey(prisma)
  const headers = { cookie, 'user-agent': agent }
  const { status, headers: answer } = await send(`${web.url}/operator?key=${key}`, headers)
  expect(status).toBe(303)
  return String(answer['set-cookie']).split(';')[0] as string
}

const look = async (cookie: string) => (await send(`${web.url}/api/v1/jobs`, { cookie })).status
const call = (...argv: string[]) => callWhence(argv, opened.environment, opened.services)

describe('a session', () => {
  test('is stored as a hash only, and hidden in logs', async () => {
    const cookie = await signIn()
    const value = cookie.split('=')[1] as string
    const { rows } = await db.query<{ row: string; same: boolean }>(
      'select s::text as row, hash = sha256($1::bytea) as same from session s',
      [Buffer.from(value)],
    )
    expect(rows).toEqual([{ row: expect.any(String), same: true }])
    expect(rows[0]?.row).not.toContain(value.slice(10))
    expect(hideSecrets(`got ${value} from`)).toBe('got [secret] from')
  })

  test.each([
    [`expires_at = now() + interval '1 minute'`, 200],
    [`expires_at = now()`, 401],
    [`last_seen_at = now() - interval '11 hours 59 minutes'`, 200],
    [`last_seen_at = now() - interval '12 hours'`, 401],
    [`ended_at = now()`, 401],
  ])('with %s is answered with %i', async (change, status) => {
    const cookie = await signIn()
    await db.query(`update session set ${change}`)
    expect(await look(cookie)).toBe(status)
  })

  test('lasts a week from the sign-in, whatever its use', async () => {
    const cookie = await signIn()
    await look(cookie)
    const { rows } = await db.query<{ days: number }>(
      'select extract(epoch from expires_at - created_at)::float / 86400 as days from session',
    )
    expect(rows[0]?.days).toBeCloseTo(7, 2)
  })

  test('notes when it was last seen, at most once a minute', async () => {
    const cookie = await signIn()
    const seen = async () => (await prisma.session.findFirstOrThrow()).lastSeenAt
    const first = await seen()
    await look(cookie)
    expect(await seen()).toEqual(first)
    await db.query(`update session set last_seen_at = now() - interval '61 seconds'`)
    await look(cookie)
    expect(Number(await seen())).toBeGreaterThanOrEqual(Number(first))
  })

  test('replaces the one that the browser had, and no other', async () => {
    const [first, elsewhere] = [await signIn(), await signIn()]
    const second = await signIn(first)
    expect(second).not.toBe(first)
    expect([await look(first), await look(second), await look(elsewhere)]).toEqual([401, 200, 200])
  })

  test('stays as it is when a link is not valid', async () => {
    const cookie = await signIn()
    expect((await send(`${web.url}/operator?key=guess`, { cookie })).status).toBe(401)
    expect(await look(cookie)).toBe(200)
  })

  test('cannot be guessed or forged', async () => {
    await signIn()
    for (const value of ['', 'x', `session_${'A'.repeat(43)}`, 'operator.99999999999.x'])
      expect(await look(`__Host-whence_session=${value}`)).toBe(401)
  })

  test('is ended by the menu of a page, without scripts', async () => {
    const cookie = await signIn()
    const page = await send(`${web.url}/search`, { cookie })
    expect(page.body).toMatch(/<form method="post" action="\/sign-out">.*?Sign out<\/button>/s)
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN }
    const foreign = { ...form, cookie, origin: 'https://evil.example' }
    expect((await send(`${web.url}/sign-out`, foreign, 'POST')).status).toBe(403)
    expect(await look(cookie)).toBe(200)
    const { status, headers, body } = await send(
      `${web.url}/sign-out`,
      { ...form, cookie, accept: 'text/html' },
      'POST',
    )
    expect([status, body.includes('You are signed out')]).toEqual([200, true])
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-whence_session=; .*Max-Age=0/)
    expect(await look(cookie)).toBe(401)
    expect(await lastEntry()).toMatchObject({ actor: 'operator', action: 'session.ended' })
  })

  test('that ended a week ago is deleted', async () => {
    await signIn()
    await signIn()
    await db.query(`update session set ended_at = now() - interval '8 days'
      where id = (select min(id) from session)`)
    await deleteOldSessions(db)
    expect(await prisma.session.count()).toBe(1)
  })
})

function lastEntry() {
  return prisma.auditEntry.findFirst({ orderBy: { id: 'desc' } })
}

describe('whence session', () => {
  test('lists the sessions and ends one', async () => {
    const [one, two] = [await signIn('', 'Firefox\u009b31m'), await signIn('', 'x'.repeat(999))]
    const { stdout } = await call('session', 'list')
    expect(stdout).toMatch(/signed in .*Z, last seen .*Z, ends .*Z: Firefox/)
    expect(stdout).not.toContain('\u009b')
    expect(stdout).not.toContain('x'.repeat(201))
    const { sessions } = JSON.parse((await call('session', 'list', '--json')).stdout)
    expect(sessions[1]).not.toHaveProperty('hash')
    const { id } = sessions[1]
    expect(await call('session', 'end', id)).toMatchObject({ code: 0, stdout: 'Ended 1 session\n' })
    expect([await look(one), await look(two)]).toEqual([401, 200])
    const entry = { actor: cliActor(), action: 'session.ended', subject: `session ${id}` }
    expect(await lastEntry()).toMatchObject(entry)
    expect(await call('session', 'end', id)).toMatchObject({ code: 1, stdout: '' })
  })

  test('ends all of them', async () => {
    const all = [await signIn(), await signIn()]
    const { stdout } = await call('session', 'end', '--all', '--json')
    expect(JSON.parse(stdout)).toEqual({ ended: 2 })
    expect(await Promise.all(all.map(look))).toEqual([401, 401])
    expect((await call('session', 'list')).stderr).toContain('No browser is signed in')
  })

  test('reports errors', async () => {
    for (const argv of [['end'], ['end', '1', '--all'], ['begin'], []])
      expect(await call('session', ...argv)).toMatchObject({ code: 2, stdout: '' })
    expect(await call('session', 'end', "1' or '1")).toMatchObject({ code: 1, stdout: '' })
  })
})
