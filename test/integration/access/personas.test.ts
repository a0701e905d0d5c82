import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { createToken } from '#app/auth/tokens.server.ts'
import { addRepository, insert } from '../../support/laid-rows.ts'
import { listenEvents } from '../../support/listen-events.ts'
import { type Answer, send } from '../../support/send.ts'
import { routePaths } from '../../support/web/every-route.ts'
import {
  countWords,
  type Laid,
  layCanaries,
  layRun,
  type Subject,
  subjectOf,
} from '../../support/web/lay-canaries.ts'
import {
  ABOUT_INSTALLATION,
  ABOUT_NOTHING,
  ABOUT_REPOSITORY,
  type Asked,
  CHANGES,
  callOf,
  type Operated,
  TOOLS,
} from '../../support/web/persona-routes.ts'
import {
  cookieOf,
  type Jar,
  type OpenedSignIn,
  ORIGIN,
  openSignIn,
  signIn,
  visit,
} from '../../support/web/sign-in.ts'

// Every route, asked by everybody: what one may not see answers as what does not exist.

const SECRET = subjectOf('acme', 'secret', 'a')
const GANGWAY = subjectOf('saltmarsh', 'gangway', 'b')
/** GitHub shows it to nobody. */
const VAULT = subjectOf('acme', 'vaulted', 'c')
/** Of an installation that was suspended after its members had signed in. */
const MOORED = subjectOf('moorings', 'brick', 'e')
const SHOWN = [SECRET, GANGWAY, VAULT]
const ALL = [...SHOWN, MOORED]
/** Names of the same form of which there is nothing. */
const absentAs = ({ owner }: Laid) => subjectOf(owner, 'nowhere', 'd')

interface Persona {
  headers: () => Record<string, string>
  reads: Laid[]
  /** Accounts. */
  operates: string[]
}

let opened: OpenedSignIn
const operated: Record<string, Operated> = {}
const NONE: Operated = {
  ...{ account: 'absent', installation: '7100999', run: '7200999', delivery: 'guid-absent' },
}
const secrets: Record<string, string> = {}

const cookie = (name: string) => () => ({ cookie: secrets[name] ?? '', origin: ORIGIN })
const bearer = (name: string) => () => ({ authorization: `Bearer ${secrets[name]}` })

const PERSONAS: Record<string, Persona> = {
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
  'a token of that member': { headers: bearer('gil-token'), reads: [SECRET], operates: [] },
  'an expired token': { headers: bearer('expired'), reads: [], operates: [] },
  'a revoked token': { headers: bearer('revoked'), reads: [], operates: [] },
  nobody: { headers: () => ({}), reads: [], operates: [] },
}

beforeAll(async () => {
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
}, 120_000)
afterAll(() => opened.close())

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

/** What GitHub says of it, and what its webhook does here. */
async function suspend(account: string): Promise<void> {
  opened.standIn.changes.suspend({ account })
  await opened.db.query(
    `update installation set active = false, inactive_reason = 'it was suspended' where account = $1`,
    [account],
  )
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
  for (const login of ['ada', 'ben', 'eve', 'gil']) {
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

async function ask({ headers }: Persona, asked: string | Asked): Promise<Answer> {
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

/** Returns the first event that somebody hears; nothing if they are refused. */
async function listen({ headers }: Persona, query: string): Promise<string> {
  const url = `${opened.web.url}/events${query}`
  if ((await send(url, headers(), 'HEAD')).status === 401) return ''
  const { until, close } = await listenEvents(url, headers())
  const { payload } = await until(({ event }) => event === 'snapshot')
  close()
  return JSON.stringify(payload)
}

/** What an answer consists of, with all that names the subject, the request and the moment replaced. */
function essence({ status, headers, body }: Answer, names: string[]): object {
  const { location, 'content-type': type, 'www-authenticate': challenge } = headers
  const shown = { location, type, challenge, cache: headers['cache-control'], body }
  let text = JSON.stringify(shown).replaceAll('%25', '%').replaceAll('%2F', '/')
  for (const [index, name] of names.entries()) text = text.replaceAll(name, `<${index}>`)
  return {
    status,
    text: text
      .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<id>')
      .replace(/nonce(=|\\":)\\+"[^"\\]+\\+"/g, '<nonce>')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      // What quotes the texts of users for an agent.
      .replace(/(<<<)?[\da-f]{24}(>>>)?/g, '<mark>'),
  }
}

const namesOf = ({ owner, name, word, author, oid, path, project, dataset }: Subject) => [
  ...[`${owner}/${name}`, word, author, oid, oid.slice(0, 12), path, project, dataset],
]
const numbersOf = ({ account, installation, run, delivery }: Operated) => [
  ...[delivery, run, installation, account],
]

function hidden(persona: Persona): Laid[] {
  return ALL.filter((one) => !persona.reads.includes(one))
}

async function sameAsAbsent<Of>(
  persona: Persona,
  [asks, of, absent]: [(of: Of) => (string | Asked)[], Of, Of],
  names: (of: Of) => string[],
): Promise<void> {
  const without = asks(absent)
  for (const [index, asked] of asks(of).entries()) {
    const [found, nothing] = [
      await ask(persona, asked),
      await ask(persona, without[index] as Asked),
    ]
    expect([asked, essence(found, names(of))]).toEqual([asked, essence(nothing, names(absent))])
  }
}

test('every route and every tool is asked', async () => {
  const asked = [ABOUT_REPOSITORY, ABOUT_INSTALLATION, ABOUT_NOTHING, CHANGES].flatMap(Object.keys)
  // What is heard of events has a test of its own.
  expect([...new Set([...asked, '/events'])].sort()).toEqual((await routePaths()).sort())
  const { body } = await ask(PERSONAS['the operator'] as Persona, {
    ...{ method: 'POST', path: '/mcp' },
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} },
  })
  const { result } = JSON.parse(body) as { result: { tools: { name: string }[] } }
  expect(result.tools.map(({ name }) => name).sort()).toEqual(Object.keys(TOOLS).sort())
})

/** Every question about a repository, by what it is asked of. */
const QUESTIONS: Record<string, (one: Subject) => (string | Asked)[]> = {
  ...ABOUT_REPOSITORY,
  ...Object.fromEntries(
    Object.entries(TOOLS).map(([name, given]) => [
      name,
      (one: Subject) => given(one).map((args) => callOf(name, args)),
    ]),
  ),
}

describe.each(Object.entries(PERSONAS))('%s', (_name, persona) => {
  test.each(Object.entries(QUESTIONS))('sees what they may read: %s', async (route, asks) => {
    for (const one of persona.reads) {
      const answers: Answer[] = []
      // One after another, as a token may ask.
      for (const asked of asks(one)) answers.push(await ask(persona, asked))
      const shown = answers.filter(({ body }) => body.includes(one.canary)).length
      const isExport = route === '/api/v1/export/:list'
      // The tool tells of jobs, without texts.
      const least = isExport ? answers.length : route === 'sync_status' ? 0 : 1
      expect([one.name, shown >= least]).toEqual([one.name, true])
    }
  })

  test.each(Object.entries(QUESTIONS))('learns nothing else: %s', async (_route, asks) => {
    for (const one of hidden(persona))
      await sameAsAbsent(persona, [asks, one, absentAs(one)], namesOf)
  })

  test('never gets a word of what is hidden, whatever is asked', async () => {
    const everything = [
      ...ALL.flatMap((one) => Object.values(QUESTIONS).flatMap((asks) => asks(one))),
      ...Object.values(operated).flatMap((one) =>
        Object.values(ABOUT_INSTALLATION).flatMap((asks) => asks(one)),
      ),
      ...Object.values(ABOUT_NOTHING).flat(),
    ].filter((asked) => typeof asked === 'string' || asked.isCall || asked.method === 'GET')
    for (const asked of everything) {
      const { body, headers } = await ask(persona, asked)
      const text = (body + JSON.stringify(headers)).toLowerCase()
      const question = decodeURIComponent(JSON.stringify(asked))
      const found = hidden(persona)
        .flatMap(({ owner, name, author, canary }) => [`${owner}/${name}`, author, canary])
        .filter((word) => text.includes(word.toLowerCase()) && !question.includes(word))
      expect([asked, found]).toEqual([asked, []])
    }
  })

  test('learns nothing about accounts that they do not operate', async () => {
    for (const one of Object.values(operated)) {
      if (persona.operates.includes(one.account)) continue
      for (const asks of Object.values(ABOUT_INSTALLATION))
        await sameAsAbsent(persona, [asks, one, NONE], numbersOf)
    }
  })

  test('hears of no job of others', async () => {
    for (const query of ['', ...Object.values(operated).map(({ run }) => `?job=${run}`)]) {
      const heard = await listen(persona, query)
      for (const { run, account } of Object.values(operated)) {
        const isAsked = query === '' || query.endsWith(run)
        const isHeard = isAsked && persona.operates.includes(account)
        expect([query, account, heard.includes(`"account":"${account}"`)]).toEqual([
          ...[query, account, isHeard],
        ])
      }
      const canaries = hidden(persona).map(({ canary }) => canary)
      expect(canaries.filter((canary) => heard.includes(canary))).toEqual([])
    }
  })

  test('changes nothing that is hidden, and learns nothing from trying', async () => {
    for (const one of hidden(persona).filter(({ owner }) => !persona.operates.includes(owner)))
      for (const asks of Object.values(CHANGES))
        await sameAsAbsent(persona, [asks, one, absentAs(one)], namesOf)
  })
})
