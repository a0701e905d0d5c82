import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Changes, changesOf } from '#test/github/changes/changes.ts'
import { makePrivateKey } from '#test/github/credentials/app-key.ts'
import { makeTokens, type TokenOptions } from '#test/github/credentials/tokens.ts'
import { makeAnswerCount } from '#test/github/faults/answer-count.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { type FaultScript, makeFaultScript } from '#test/github/faults/fault-script.ts'
import { type Hook, makeHook } from '#test/github/hooks/hook.ts'
import { makeTally, type Tally } from '#test/github/limits/counters.ts'
import { type LimitOptions, makeLimiter } from '#test/github/limits/limits.ts'
import { makePeople, type People } from '#test/github/sign-in/people.ts'
import { makeUserSignIn, type UserSignIn } from '#test/github/sign-in/user-sign-in.ts'
import { addSource, type Source } from '#test/github/sources/sources.ts'
import { type Clock, makeClock } from '#test/github/world/clock.ts'
import { installEverywhere, RIGHTS } from '#test/github/world/installations.ts'
import { makeWorld, type World } from '#test/github/world/world.ts'
import { type AppCreation, makeAppCreation } from './app-creation.ts'
import { BadSourceError } from './bad-source.ts'
import { contentPayload, type Wanted } from './content-payload.ts'
import { receive } from './receive.ts'
import type { Content } from './rows.ts'
import { serveCode } from './serve-code.ts'
import type { StandInState } from './state.ts'

export type StandInOptions = {
  sources: Source[]
  port?: number
  /** Seed of the fault script. */
  seed?: number
  clock?: Clock
  limits?: Partial<LimitOptions>
  tokens?: Partial<TokenOptions>
  privateKey?: string
  /** Makes the App public, as an App of this account; every account can install it. */
  appOwner?: string
  /** Faults that are active from the start. */
  faults?: GivenFault[]
  /** Time after which a delivery is given up; GitHub's 10 s by default. */
  hookTimeoutMs?: number
  /** Makes every link in the data lead to the stand-in's own pages instead of to github.com. */
  linksToItself?: boolean
}

export type StandIn = {
  /** URL of REST; GraphQL is at `/graphql` below it. */
  url: string
  appId: number
  privateKey: string
  /** A personal token that reads every repository. */
  personalToken: string
  /** Issues another personal token, which reads public repositories and the given ones. */
  givePersonalToken(login: string, readable: 'all' | string[]): string
  /** Issues the token that the App would get for its JWT. */
  installationToken(id: number): string
  expireToken(token: string): void
  /** Rights that the App asks for. */
  appRights: StandInState['app']['permissions']
  world: World
  clock: Clock
  faults: FaultScript
  changes: Changes
  tally: Tally
  /** The App's hook: where events are delivered, and what became of them. */
  hook: Hook
  /** The App's creation from a manifest, and requests for its installation. */
  creation: AppCreation
  /** Who may read what, for those who sign in through the App. */
  people: People
  /** The App's OAuth. */
  signIn: UserSignIn
  clientId: string
  content(wanted?: Wanted): Content
  /** Answers a request itself and returns true, or leaves it. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  stop(): Promise<void>
}

/** Starts a stand-in for GitHub on a free port of the loopback interface. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const state = prepare(options)
  const git = serveCode(state)
  const server = createServer((request, response) => {
    if (standIn.intercept?.(request, response)) return
    if (!git.handle(request, response)) void receive(state, request, response)
  })
  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  if (options.linksToItself) state.webUrl = url
  const { world, tokens, app, tally, faults, hook, creation, people, signIn } = state
  const standIn: StandIn = {
    url,
    appId: app.id,
    privateKey: app.privateKey,
    personalToken: tokens.givePersonal('stand-in-reader', 'all'),
    givePersonalToken: tokens.givePersonal,
    installationToken: (id) => issueFor(state, id),
    expireToken: tokens.expire,
    appRights: app.permissions,
    world,
    clock: world.clock,
    faults,
    changes: changesOf(world),
    tally,
    hook,
    creation,
    people,
    signIn,
    clientId: app.clientId,
    content: (wanted) => contentPayload(world, state.webUrl, wanted),
    intercept: null,
    stop: () => stop(server).finally(git.close),
  }
  return standIn
}

function prepare(options: StandInOptions): StandInState {
  const world = makeWorld(options.clock ?? makeClock())
  for (const source of options.sources) addSource(world, source)
  installEverywhere(world)
  const tally = makeTally()
  const app = {
    id: 41_977,
    clientId: 'Iv23liStandInGitHub0',
    slug: 'whence',
    privateKey: options.privateKey ?? makePrivateKey(),
    owner: world.actors.get(options.appOwner?.toLowerCase() ?? '') ?? null,
    permissions: { ...RIGHTS },
    events: ['pull_request', 'pull_request_review', 'issue_comment'],
  }
  const hook = makeHook(world.clock.now, options.hookTimeoutMs)
  world.announce = hook.announce
  const faults = makeFaultScript(options.seed ?? 1)
  faults.use(...(options.faults ?? []))
  const life = { tokenLength: 40, tokenSeconds: 3600, ...options.tokens } as const
  const tokens = makeTokens(world, app, life)
  return {
    world,
    app,
    tally,
    hook,
    creation: makeAppCreation(world.clock.now),
    people: makePeople(world),
    signIn: makeUserSignIn(tokens, world.clock),
    faults,
    tokens,
    callsByToken: new Map(),
    answers: makeAnswerCount(),
    limiter: makeLimiter(world, tally, options.limits ?? {}),
    webUrl: 'https://github.com',
  }
}

function issueFor({ world, tokens }: StandInState, id: number): string {
  const installation = world.installations.get(id)
  if (!installation) throw new BadSourceError(`There is no installation ${id}.`)
  return tokens.issue(installation, { repositories: null, permissions: null }).token
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    server.closeAllConnections()
  })
}
