export type Resource = 'graphql' | 'core'

/** The calls of one installation or person to one resource. */
type Counters = {
  requests: number
  points: number
  /** By the published rule, whether or not that many were returned. */
  nodes: number
  inFlight: number
  maxConcurrency: number
  /** Answered with 304, at no cost. */
  notModified: number
  /** Answered with a primary or secondary limit. */
  refused: number
  /** Started after a limiting answer had been sent and before its time was over. */
  whileLimited: number
}

export type Call = {
  at: string
  identity: string
  resource: Resource
  method: string
  /** The path, or the name of the query. */
  what: string
  status: number
  points: number
  nodes: number
  faults: string[]
}

export type Tally = {
  of(identity: string, resource: Resource): Counters
  /** Counters by `identity resource`. */
  all(): Record<string, Counters>
  /** The latest calls, oldest first. */
  calls: Call[]
  reset(): void
}

const CALLS_KEPT = 20_000

export function makeTally(): Tally {
  const counters = new Map<string, Counters>()
  const tally: Tally = {
    calls: [],
    of: (identity, resource) => {
      const key = `${identity} ${resource}`
      const known = counters.get(key)
      if (known) return known
      const fresh = noCounters()
      counters.set(key, fresh)
      return fresh
    },
    all: () => Object.fromEntries([...counters].map(([key, one]) => [key, { ...one }])),
    reset: () => {
      for (const [key, one] of counters) {
        counters.set(key, Object.assign(one, noCounters(), { inFlight: one.inFlight }))
      }
      tally.calls = []
    },
  }
  return tally
}

export function noteCall(tally: Tally, call: Call): void {
  tally.calls.push(call)
  if (tally.calls.length > CALLS_KEPT) tally.calls.splice(0, CALLS_KEPT / 10)
}

function noCounters(): Counters {
  return {
    requests: 0,
    points: 0,
    nodes: 0,
    inFlight: 0,
    maxConcurrency: 0,
    notModified: 0,
    refused: 0,
    whileLimited: 0,
  }
}
