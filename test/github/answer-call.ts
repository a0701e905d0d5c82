import { answerGraphql } from '#test/github/answer/answer-graphql.ts'
import type { Fault } from '#test/github/faults/fault-format.ts'
import { noteCall, type Resource } from '#test/github/limits/counters.ts'
import type { Refusal } from '#test/github/limits/limits.ts'
import { answerRest, etagOf } from '#test/github/rest/answer-rest.ts'
import { type RestCall, writeJson } from '#test/github/rest/route.ts'
import type { Identity } from '#test/github/world/access.ts'
import { describeCall, headerOf, type Received } from './describe-call.ts'
import { limitedReply, limitHeaders, type Reply, refusedReply } from './refusing-replies.ts'
import { onWire } from './send-reply.ts'
import type { StandInState } from './state.ts'

type Known = {
  state: StandInState
  received: Received
  identity: Identity
  resource: Resource
  faults: Fault[]
}

type Answered = {
  status: number
  text: string
  headers: Record<string, string>
  points: number
  nodes: number
  pulls: number
  gaveUp: boolean
}

/**
 * Answers a call in the order in which GitHub checks it: identity, rate limits, faults, then the request
 * itself.
 */
export function answerCall(state: StandInState, received: Received): Reply {
  const identity = state.tokens.identify(headerOf(received, 'authorization'))
  if ('status' in identity) return refusedReply(identity)
  const resource: Resource = received.path === '/graphql' ? 'graphql' : 'core'
  if (resource === 'graphql' && !identity.viewer) {
    const message = 'This endpoint requires you to be authenticated.'
    return refusedReply({ status: 401, message })
  }
  const counters = state.tally.of(identity.key, resource)
  counters.requests += 1
  counters.inFlight += 1
  counters.maxConcurrency = Math.max(counters.maxConcurrency, counters.inFlight)
  try {
    const reply = answerKnown({ state, received, identity, resource, faults: [] })
    const sent = () => {
      counters.inFlight -= 1
      reply.sent()
    }
    return { ...reply, sent }
  } catch (error) {
    counters.inFlight -= 1
    throw error
  }
}

function answerKnown(known: Known): Reply {
  const { state, received, identity, resource } = known
  const { text, isMutation } = describeCall(received)
  const isFree = received.path === '/rate_limit'
  const early = isFree ? null : state.limiter.admit(identity, resource, isMutation)
  const struck = early ? [] : state.faults.strike({ resource, identity: identity.key, text })
  const call = { ...known, faults: struck }
  const refusal = early ?? limitByFault(call)
  if (refusal) {
    note(call, refusal.status)
    return limitedReply(state, identity, resource, refusal)
  }
  if (struck.some((fault) => fault.kind === 'expired-token')) {
    state.tokens.expire(identity.token)
    note(call, 401)
    return refusedReply({ status: 401, message: 'Bad credentials' })
  }
  const fresh = tooEarly(call)
  if (fresh) {
    note(call, fresh.status)
    return refusedReply(fresh)
  }
  return finish(call, resource === 'graphql' ? askGraphql(call) : askRest(call))
}

/** Rejects the first calls with a token of an installation. */
function tooEarly({ state, identity, faults }: Known) {
  const fault = faults.find((one) => one.kind === 'fresh-token')
  if (!fault || identity.kind !== 'installation') return null
  const calls = (state.callsByToken.get(identity.token) ?? 0) + 1
  state.callsByToken.set(identity.token, calls)
  if (calls > fault.calls) return null
  const isDenied = fault.status === 403
  const message = isDenied ? 'Resource not accessible by integration' : 'Bad credentials'
  return { status: fault.status, message }
}

function limitByFault({ state, identity, resource, faults }: Known): Refusal | null {
  for (const fault of faults) {
    if (fault.kind === 'primary-limit') {
      state.limiter.exhaust(identity, resource, fault.seconds, fault.spelling)
      return state.limiter.admit(identity, resource, false)
    }
    if (fault.kind === 'secondary-limit') {
      state.limiter.block(identity, fault.status, fault.seconds, fault.retryAfter)
      return state.limiter.admit(identity, resource, false)
    }
  }
  return null
}

function askGraphql({ state, received, identity, faults }: Known): Answered {
  const wantsNextIds = headerOf(received, 'x-github-next-global-id') === '1'
  const answer = answerGraphql({ state, identity, body: received.body, wantsNextIds, faults })
  return { ...answer, text: JSON.stringify(answer.body), headers: {} }
}

function askRest({ state, received, identity, faults }: Known): Answered {
  const lists = faults.flatMap((fault) => (fault.kind === 'wrongly-empty' ? fault.list : []))
  const blocked = new Map(
    faults.flatMap((one) =>
      one.kind === 'blocked-repository' ? [[one.repository, one.reason] as const] : [],
    ),
  )
  const call: RestCall = { ...received, state, identity, emptied: new Set(lists), blocked }
  const answer = answerRest(call)
  const text = answer.body === undefined ? '' : writeJson(answer.body)
  const cacheable = received.method === 'GET' && answer.status === 200
  const etag = cacheable ? etagOf(call, text, answer.headers.link ?? '') : null
  const headers = etag
    ? { ...answer.headers, etag, 'cache-control': 'private, max-age=60' }
    : answer.headers
  const isKnown = etag !== null && headerOf(received, 'if-none-match') === etag
  const points = isKnown || received.path === '/rate_limit' ? 0 : 1
  state.limiter.charge(identity, 'core', points)
  const base = { headers, points, nodes: 0, pulls: 0, gaveUp: false }
  return isKnown ? { ...base, status: 304, text: '' } : { ...base, status: answer.status, text }
}

function finish(known: Known, answered: Answered): Reply {
  const { state, identity, resource, faults } = known
  const counters = state.tally.of(identity.key, resource)
  counters.points += answered.points
  counters.nodes += answered.nodes
  if (answered.status === 304) counters.notModified += 1
  const slow = faults.filter((fault) => fault.kind === 'slow')
  const timeout = Math.min(...slow.map((fault) => fault.timeoutSeconds), Infinity)
  const needed = slow
    .map((fault) => fault.seconds + fault.secondsPerPull * answered.pulls)
    .reduce((sum, seconds) => sum + seconds, 0)
  const fails = answered.gaveUp || needed > timeout
  const reply: Reply = {
    status: answered.status,
    text: answered.text,
    headers: { ...answered.headers, ...limitHeaders(state, identity, resource) },
    faults: fails ? [{ kind: 'bad-gateway', rate: 1, after: 0 }] : faults,
    delaySeconds: Math.min(needed, timeout),
    sent: () => undefined,
  }
  note(known, onWire(reply).status, answered)
  return reply
}

function note(known: Known, status: number, cost = { points: 0, nodes: 0 }): void {
  noteCall(known.state.tally, {
    at: known.state.world.clock.now().toISOString(),
    identity: known.identity.key,
    resource: known.resource,
    method: known.received.method,
    what: describeCall(known.received).what,
    status,
    points: cost.points,
    nodes: cost.nodes,
    faults: known.faults.map((fault) => fault.kind),
  })
}
