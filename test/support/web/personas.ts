/** Everybody who asks Whence: operators, people, tokens and nobody, and what they are asking for. */
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { createToken } from '#app/auth/tokens.server.ts'
import { makeHistory } from '../code/git-history.ts'
import { layClone } from '../code/lay-clone.ts'
import { addRepository, insert } from '../laid-rows.ts'
import { type Answer, send } from '../send.ts'
import {
  countWords,
  type Laid,
  layCanaries,
  layRun,
  type Subject,
  subjectOf,
} from './lay-canaries.ts'
import {
  ABOUT_INSTALLATION,
  ABOUT_NOTHING,
  ABOUT_REPOSITORY,
  type Asked,
  callOf,
  type Operated,
  TOOLS,
} from './persona-routes.ts'
import {
  cookieOf,
  type Jar,
  type OpenedSignIn,
  ORIGIN,
  openSignIn,
  signIn,
  visit,
} from './sign-in.ts'

const SECRET = subjectOf('acme', 'secret', 'a')
const GANGWAY = subjectOf('saltmarsh', 'gangway', 'b')
/** GitHub shows it to nobody. */
const VAULT = subjectOf('acme', 'vaulted', 'c')
/** Of an installation that was suspended after its members had signed in. */
const MOORED = subjectOf('moorings', 'brick', 'e')
const SHOWN = [SECRET, GANGWAY, VAULT]
const ALL = [...SHOWN, MOORED]

export interface Persona {
  headers: () => Record<string, string>
  reads: Laid[]
  /** Accounts. */
  operates: string[]
}

export let opened: OpenedSignIn
/** By account. */
export const operated: Record<string, Operated> = {}
const secrets: Record<string, string> = {}

const cookie = (name: string) => () => ({ cookie: secrets[name] ?? '', origin: ORIGIN })
const bearer = (name: string) => () => ({ authorization: `Bearer ${secrets[name]}` })

export const PERSONAS: Record<string, Persona> = {
  'the operator': {
    headers: cookie('operator'),
    ...{ reads: SHOWN, operates: ['acme', 'saltmarsh', 'moorings'] },
  },
  'the owner of an account': { headers: cookie('ada'), reads: [SECRET], operates: ['acme'] },
  'a reader of one repository': { headers: cookie('ben'), reads: [SECRET], operates: [] },
  'a reader of another': { headers: cookie('cleo'), reads: [GANGWAY], operates: [] },
  'a removed member': { headers: cookie('dan'), reads: [], operates: [] },
  'a token of the reader': { headers: bearer('ben-token'), reads: [SECRET], operates: [] },
  'a token of the owner': { headers: bearer('ada-token'), reads: [SECRET], operates: ['acme'] },
  'a token for one of two repositories': {
    headers: bearer('eve-token'),
    ...{ reads: [SECRET], operates: [] },
  },
  'a member of a suspended installation': { headers: cookie('fay'), reads: [], operates: [] },
  'a member of one who reads more': { headers: cookie('gil'), reads: [SECRET], operates: [] },
  'an expired token': { headers: bearer('expired'), reads: [], operates: [] },
  'a revoked token': { headers: bearer('revoked'), reads: [], operates: [] },
  nobody: { headers: () => ({}), reads: [], operates: [] },
}

/** Opens Whence with everybody signed in; {@link opened} is then set, once in a test file. */
export async function openPersonas(): Promise<void> {
  opened = await openSignIn({ API_RATE_LIMIT: 1_000_000 })
  const { db, standIn } = opened
  // Numbers that occur nowhere else in an answer.
  for (const [table, first] of [
    ['installation', 7_100_001],
    ['run', 7_200_001],
  ] as const)
    await db.query(`alter table ${table} alter column id restart with ${first}`)
  standIn.changes.createRepository({ repository: 'moorings/brick' })
  standIn.changes.install({ account: 'moorings' })
  const ids = await opened.copy()
  const vault = await addRepository(db, ids.acme as string, 'acme/vaulted', {
    ...{ database_id: 4_711, visibility: 'PRIVATE' },
  })
  for (const account of ['acme', 'saltmarsh', 'moorings'])
    await layOperated(account, ids[account] as string)
  for (const one of ALL) {
    const repository = one === VAULT ? vault : (ids[`${one.owner}/${one.name}`] as string)
    const { installation, run } = operated[one.owner] as Operated
    await layCanaries(db, one, { installation, repository, run })
    await layHistory(one, installation, repository)
  }
  await countWords(db)
  const { people } = standIn
  people.give('ada', { owns: ['acme'] })
  people.give('ben', { reads: ['acme/secret'] })
  people.give('cleo', { reads: ['saltmarsh/gangway'] })
  people.give('dan', { reads: ['acme/secret', 'saltmarsh/quay'] })
  people.give('eve', { reads: ['acme/secret', 'saltmarsh/gangway'] })
  people.give('fay', { reads: ['moorings/brick'] })
  people.give('gil', { reads: ['acme/secret', 'moorings/brick'] })
  for (const login of ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gil']) await signInAs(login)
  people.give('dan', { reads: ['saltmarsh/quay'] })
  await db.query('update person_access set asked_at = null')
  await makeTokens(ids['acme/secret'] as string)
  await suspend('moorings')
}

/** What GitHub says of it, and what its webhook does here. */
async function suspend(account: string): Promise<void> {
  opened.standIn.changes.suspend({ account })
  await opened.db.query(
    `update installation set active = false, inactive_reason = 'it was suspended' where account = $1`,
    [account],
  )
}

/** Lays a clone of one commit, whose change is that of the pull request. */
async function layHistory(
  { owner, name, path, canary }: Laid,
  installation: string,
  repositoryId: string,
): Promise<void> {
  const git = makeHistory()
  const first = git.commit({ README: 'Begin.\n' }, [], 'Begin')
  const commit = git.commit({ [path]: `const x = '${canary}'\n` }, [first], canary)
  git.setMain(commit)
  git.setHead(7, commit)
  await layClone(opened.services, git, { installation, repositoryId, fullName: `${owner}/${name}` })
}

async function layOperated(account: string, installation: string): Promise<void> {
  const { db } = opened
  const run = await layRun(db, installation)
  const delivery = `guid-${account}`
  const { rows } = await db.query<{ externalId: string }>(
    'select external_id from installation where id = $1',
    [installation],
  )
  await insert(db, 'delivery', {
    ...{ id: delivery, event: 'star', installation: rows[0]?.externalId, facts: '{}' },
    ...{ state: 'ignored', handled_at: new Date(), outcome: `OUTCOME-${account}` },
  })
  await insert(db, 'audit_entry', {
    ...{ actor: 'cli root', action: 'settings.changed', installation_id: installation },
    ...{ subject: `AUDIT-${account}`, details: '{}' },
  })
  // Of a suspended account nobody is told names, but the operator reads the audit log of everything.
  for (const { owner, name } of SHOWN.filter((one) => one.owner === account))
    await insert(db, 'audit_entry', {
      ...{ actor: 'cli root', action: 'code.requested', installation_id: installation },
      ...{ subject: `${owner}/${name}`, details: { repository: `${owner}/${name}` } },
    })
  operated[account] = { account, installation, run, delivery }
}

async function signInAs(login: string): Promise<void> {
  const jar: Jar = new Map()
  await signIn(opened, jar, login)
  secrets[login] = cookieOf(jar)
}

async function makeTokens(secret: string): Promise<void> {
  const prisma = await opened.services.database.prisma()
  const jar: Jar = new Map()
  await visit(opened, jar, `/operator?key=${await createOperatorKey(prisma)}`)
  secrets.operator = cookieOf(jar)
  for (const login of ['ada', 'ben', 'eve']) {
    const { rows } = await opened.db.query<{ id: string }>(
      'select id from person where login = $1',
      [login],
    )
    const narrowed = login === 'eve' && { repositories: [secret] }
    const grant = { rights: 'read' as const, days: 7, ...narrowed }
    for (const name of [`${login}-token`, ...(login === 'ben' ? ['expired', 'revoked'] : [])])
      secrets[name] = (await createToken(prisma, name, grant, rows[0]?.id)).token
  }
  await opened.db.query(`update api_token set expires_at = now() where name = 'expired'`)
  await opened.db.query(`update api_token set revoked_at = now() where name = 'revoked'`)
}

let requests = 0

export async function ask({ headers }: Persona, asked: string | Asked): Promise<Answer> {
  const { method = 'GET', path, body } = typeof asked === 'string' ? { path: asked } : asked
  requests += 1
  // An address of its own each time, so that nobody is held up as a stranger.
  const address = `10.${(requests >> 16) & 255}.${(requests >> 8) & 255}.${requests & 255}`
  const type = path.startsWith('/api') || path === '/mcp' ? 'application/json' : 'text/html'
  const sent = { ...headers(), accept: type, 'x-forwarded-for': address }
  if (body === undefined) return send(opened.web.url + path, sent, method)
  const content = { 'content-type': 'application/json' }
  return send(opened.web.url + path, { ...sent, ...content }, method, JSON.stringify(body))
}

export function hidden(persona: Persona): Laid[] {
  return ALL.filter((one) => !persona.reads.includes(one))
}

/** Every question about a repository, by what it is asked of. */
export const QUESTIONS: Record<string, (one: Subject) => (string | Asked)[]> = {
  ...ABOUT_REPOSITORY,
  ...Object.fromEntries(
    Object.entries(TOOLS).map(([name, given]) => [
      name,
      (one: Subject) => given(one).map((args) => callOf(name, args)),
    ]),
  ),
}

/** Returns everything that is asked without a change. */
export function everyQuestion(): (string | Asked)[] {
  return [
    ...ALL.flatMap((one) => Object.values(QUESTIONS).flatMap((asks) => asks(one))),
    ...Object.values(operated).flatMap((one) =>
      Object.values(ABOUT_INSTALLATION).flatMap((asks) => asks(one)),
    ),
    ...Object.values(ABOUT_NOTHING).flat(),
  ].filter((asked) => typeof asked === 'string' || asked.isCall || asked.method === 'GET')
}

/** Returns the words of an answer that somebody must not see, and that they did not ask with. */
export function wordsIn({ body, headers }: Answer, asked: string | Asked, who: Persona): string[] {
  const text = (body + JSON.stringify(headers)).toLowerCase()
  const question = decodeURIComponent(JSON.stringify(asked))
  return hidden(who)
    .flatMap(({ owner, name, author, canary }) => [`${owner}/${name}`, author, canary])
    .filter((word) => text.includes(word.toLowerCase()) && !question.includes(word))
}
