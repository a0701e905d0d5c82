import type { StandInState } from '#test/github/state.ts'
import type { Fault } from '../faults/fault-format.ts'
import { queryFaults } from '../faults/query-faults.ts'
import { resetMoment } from '../limits/limits.ts'
import type { Identity } from '../world/access.ts'
import { executeQuery } from './execute-query.ts'
import { prepareQuery, type Question } from './prepare-query.ts'

export type GraphqlCall = {
  state: StandInState
  identity: Identity
  body: unknown
  wantsNextIds: boolean
  faults: Fault[]
}

export type GraphqlAnswer = {
  status: number
  body: unknown
  points: number
  nodes: number
  /** Number of pull requests that were read. */
  pulls: number
  gaveUp: boolean
}

/** Charges a query before answering it, because the answer's own `rateLimit` already includes the cost. */
export function answerGraphql(call: GraphqlCall): GraphqlAnswer {
  const { state, identity } = call
  const question = readQuestion(call.body)
  if (typeof question === 'string') return refusal(400, { message: question })
  const unknown = call.faults.flatMap((one) => (one.kind === 'unknown-field' ? [one.field] : []))
  const prepared = prepareQuery(question, unknown)
  if ('errors' in prepared) {
    // A rejected query costs as much as the cheapest one.
    state.limiter.charge(identity, 'graphql', 1)
    return { ...refusal(200, { errors: prepared.errors }), points: 1 }
  }
  const { cost } = prepared
  state.limiter.charge(identity, 'graphql', cost.points)
  const budget = state.limiter.budget(identity, 'graphql')
  const given = {
    world: state.world,
    identity,
    webUrl: state.webUrl,
    wantsNextIds: call.wantsNextIds,
    budget: state.limiter.options.off ? null : { ...budget, resetAt: resetMoment(budget) },
  }
  const seed = state.tally.of(identity.key, 'graphql').requests
  const faults = queryFaults(call.faults, state.faults.seed, seed)
  const executed = executeQuery(prepared, given, faults)
  return {
    status: 200,
    body: executed.body,
    points: cost.points,
    nodes: cost.nodes,
    pulls: executed.pulls,
    gaveUp: executed.gaveUp,
  }
}

function refusal(status: number, body: object): GraphqlAnswer {
  return { status, body, points: 0, nodes: 0, pulls: 0, gaveUp: false }
}

/** Returns the query of a body, or GitHub's reason for rejecting the body. */
export function readQuestion(body: unknown): Question | string {
  if (typeof body !== 'object' || body === null) return 'Problems parsing JSON'
  const { query, variables, operationName } = body as Record<string, unknown>
  if (typeof query !== 'string') return 'A query attribute must be specified and must be a string.'
  return {
    query,
    variables: (typeof variables === 'object' && variables !== null ? variables : {}) as Record<
      string,
      unknown
    >,
    operationName: typeof operationName === 'string' ? operationName : null,
  }
}
