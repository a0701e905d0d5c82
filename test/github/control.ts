import { applyChange } from '#test/github/changes/changes.ts'
import { fullName } from '#test/github/world/world.ts'
import { BadSourceError } from './bad-source.ts'
import { contentPayload } from './content-payload.ts'
import type { StandInState } from './state.ts'

export const CONTROL = '/_stand-in'

const MOST_SECONDS = 10 * 366 * 86_400

type ControlCall = { method: string; url: URL; body: unknown }
type ControlAnswer = { status: number; body: unknown }

type Handler = (state: StandInState, call: ControlCall, name: string) => unknown

/** The stand-in's own API: its ground truth, which GitHub would not disclose, and external changes. */
const HANDLERS: [method: string, pattern: RegExp, handler: Handler][] = [
  ['GET', /^\/?$/, sendState],
  ['GET', /^\/content$/, describeWanted],
  ['GET', /^\/counters$/, ({ tally }) => tally.all()],
  ['DELETE', /^\/counters$/, ({ tally }) => tally.reset()],
  ['GET', /^\/calls$/, ({ tally }) => tally.calls],
  ['GET', /^\/faults$/, ({ faults }) => faults.struck()],
  ['POST', /^\/faults$/, (state, { body }) => state.faults.use(...listOf(body))],
  ['DELETE', /^\/faults$/, ({ faults }) => faults.clear()],
  [
    'POST',
    /^\/changes\/(\w+)$/,
    ({ world }, { body }, name) => createdBy(applyChange(world, name, body)),
  ],
  ['POST', /^\/hook$/, (state, { body }) => configureHook(state, body)],
  ['POST', /^\/clock$/, (state, { body }) => moveClock(state, body)],
  ['POST', /^\/tokens\/expire$/, (state, { body }) => expire(state, body)],
]

export function answerControl(state: StandInState, call: ControlCall): ControlAnswer {
  const path = call.url.pathname.slice(CONTROL.length)
  for (const [method, pattern, handler] of HANDLERS) {
    const parts = method === call.method ? pattern.exec(path) : null
    if (!parts) continue
    try {
      return { status: 200, body: handler(state, call, parts[1] ?? '') ?? {} }
    } catch (error) {
      if (error instanceof BadSourceError) return { status: 422, body: { message: error.message } }
      throw error
    }
  }
  return { status: 404, body: { message: `${CONTROL} knows no ${call.method} ${path}` } }
}

function sendState({ world, app }: StandInState) {
  return {
    now: world.clock.now().toISOString(),
    appId: app.id,
    installations: [...world.installations.values()].map((one) => ({
      id: one.id,
      account: one.account.login,
    })),
    repositories: [...world.repositories.values()].map((one) => ({
      id: one.id,
      name: fullName(one),
      pullRequests: one.pulls.size,
    })),
  }
}

function describeWanted({ world, webUrl }: StandInState, { url }: ControlCall) {
  const account = url.searchParams.get('account') ?? undefined
  const repositories = url.searchParams.getAll('repository')
  // An unknown or former name would return an empty answer, and a comparison with it would mean nothing.
  const known = new Set([...world.repositories.values()].map(fullName))
  const unknown = repositories.find((name) => !known.has(name))
  if (unknown) throw new BadSourceError(`There is no repository ${unknown}: see GET ${CONTROL}/.`)
  return contentPayload(world, webUrl, {
    ...(account ? { account } : {}),
    ...(repositories.length > 0 ? { repositories } : {}),
  })
}

// The script validates each fault itself and reports what is wrong.
function listOf(body: unknown): never[] {
  return (Array.isArray(body) ? body : [body]) as never[]
}

function createdBy(result: unknown): { id: string } | undefined {
  if (typeof result !== 'object' || result === null || !('id' in result)) return undefined
  return { id: String(result.id) }
}

function configureHook({ hook }: StandInState, body: unknown): void {
  const { url, secret, isDown } = (body ?? {}) as Record<string, unknown>
  if (typeof url === 'string' && URL.canParse(url)) hook.config.url = url
  else if (url !== undefined) throw new BadSourceError('Send {"url": "http://…"}: an address.')
  if (typeof secret === 'string') hook.config.secret = secret
  if (typeof isDown === 'boolean') hook.isDown = isDown
}

function moveClock({ world }: StandInState, body: unknown) {
  const advance = typeof body === 'object' && body !== null && 'advance' in body && body.advance
  if (typeof advance !== 'number' || Math.abs(advance) > MOST_SECONDS) {
    throw new BadSourceError('Send {"advance": SECONDS} to move the clock, at most ten years.')
  }
  world.clock.advance(advance)
  return { now: world.clock.now().toISOString() }
}

function expire({ tokens }: StandInState, body: unknown): void {
  const asked = (body ?? {}) as { token?: unknown; installation?: unknown }
  if (typeof asked.token === 'string') tokens.expire(asked.token)
  else if (typeof asked.installation === 'number') tokens.expireAll(asked.installation)
  else throw new BadSourceError('Send {"token": "…"} or {"installation": ID} to expire tokens.')
}
