/** A Whence at a public address, with the stand-in for GitHub, and browsers that sign in. */
import type { Database } from '#app/database/database.server.ts'
import type { StreamTimes } from '#server/events/events.ts'
import { startWeb } from '#server/web.ts'
import { SMALL } from '../../github/ask.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { makeClock } from '../../github/world/clock.ts'
import { fullName } from '../../github/world/world.ts'
import { openTestServices } from '../../services/setup.ts'
import { addRepository } from '../laid-rows.ts'
import { type Answer, send } from '../send.ts'

export const ORIGIN = 'https://whence.example'

/**
 * Opens Whence with the copy of two organisations, `acme` and `saltmarsh`.
 *
 * @param times those of streams of events, which ask more often here.
 */
export async function openSignIn(
  settings: Record<string, unknown> = {},
  times: StreamTimes = { askMs: 50 },
) {
  const opened = await openTestServices()
  const standIn = await startStandIn({
    sources: [SMALL, { kind: 'demo' }],
    clock: makeClock({ start: new Date('2026-02-01T12:00:00Z'), frozen: true }),
  })
  const config = {
    ...opened.services.config,
    ...{ PORT: 0, PUBLIC_URL: ORIGIN, SECRET_KEY: 'ab'.repeat(32), TRUSTED_PROXIES: 1 },
    ...{ GITHUB_API_URL: standIn.url, GITHUB_WEB_URL: standIn.url },
    ...{ GITHUB_CLIENT_ID: standIn.clientId, GITHUB_CLIENT_SECRET: standIn.signIn.clientSecret },
    github: {
      ...{ kind: 'app', appId: String(standIn.appId), privateKey: standIn.privateKey },
      webhookSecret: null,
    },
    ...settings,
  } as typeof opened.services.config
  const services = { ...opened.services, config }
  const web = await startWeb(services, times)
  return {
    ...{ opened, services, standIn, web, db: services.database.pool },
    copy: () => copyAll(services.database, standIn),
    async close() {
      await web.close()
      await standIn.stop()
      await opened.close()
    },
  }
}

export type OpenedSignIn = Awaited<ReturnType<typeof openSignIn>>

/** Lays the installations and the repositories of the stand-in, without their pull requests. @returns ids by name. */
async function copyAll({ pool }: Database, { world }: StandIn): Promise<Record<string, string>> {
  await pool.query('truncate installation, person, session, sign_in_attempt cascade')
  const ids: Record<string, string> = {}
  for (const { id, account } of world.installations.values()) {
    const { rows } = await pool.query<{ id: string }>(
      `insert into installation (kind, external_id, account) values ('app', $1, $2) returning id`,
      [String(id), account.login],
    )
    ids[account.login] = rows[0]?.id as string
  }
  for (const one of world.repositories.values())
    ids[fullName(one)] = await addRepository(pool, ids[one.owner.login] as string, fullName(one), {
      ...{ database_id: one.databaseId, visibility: one.visibility },
    })
  return ids
}

/** Cookies of a browser, as `Cookie` has them. */
export type Jar = Map<string, string>

export function cookieOf(jar: Jar): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

const addresses = new WeakMap<Jar, string>()
let browsers = 0

/** Each browser has an address of its own, so that none is held up by the failures of others. */
function addressOf(jar: Jar): string {
  const known = addresses.get(jar)
  if (known) return known
  browsers += 1
  const address = `10.${browsers >> 16}.${(browsers >> 8) & 255}.${browsers & 255}`
  addresses.set(jar, address)
  return address
}

/** Sends a request as a browser, which keeps the cookies of the answer. */
export async function visit(
  { web }: Pick<OpenedSignIn, 'web'>,
  jar: Jar,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const own = { cookie: cookieOf(jar), 'x-forwarded-for': addressOf(jar) }
  const sent = { accept: 'text/html', ...own, ...headers }
  const answer = await send(`${web.url}${path}`, sent)
  for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/Max-Age=0/.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
  return answer
}

/** Begins a sign-in. @returns the address at GitHub. */
export async function begin(opened: OpenedSignIn, jar: Jar, query = ''): Promise<URL> {
  const { status, headers } = await visit(opened, jar, `/auth/github${query}`)
  if (status !== 303) throw new Error(`The sign-in did not begin: ${status}`)
  return new URL(String(headers.location))
}

/** Agrees at GitHub. @returns the path to which GitHub leads back. */
export async function agree(address: URL, login: string): Promise<string> {
  const url = new URL(address)
  url.searchParams.set('as', login)
  const { headers, status } = await fetch(url, { redirect: 'manual' })
  if (status !== 302) throw new Error(`GitHub has no such address: ${status}`)
  const back = new URL(String(headers.get('location')))
  return back.pathname + back.search
}

/** Signs a person in. @returns the last answer. */
export async function signIn(
  opened: OpenedSignIn,
  jar: Jar,
  login: string,
  query = '',
): Promise<Answer> {
  const back = await agree(await begin(opened, jar, query), login)
  return visit(opened, jar, back)
}
