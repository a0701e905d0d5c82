import { GraphQLError } from 'graphql'
import { makeRandom } from '../world/random.ts'
import type { Fault } from './fault-format.ts'

/** The faults that occur inside the execution of one query. */
export type QueryFaults = {
  nodeBudget: number
  failingPulls: Set<string>
  emptyFields: Set<string>
  /** Returns the node or its replacement. */
  spoil: (node: unknown) => unknown
}

export function queryFaults(faults: Fault[], ...seeds: (string | number)[]): QueryFaults {
  const random = makeRandom('nodes', ...seeds)
  const spoilers = faults.flatMap((fault) =>
    fault.kind === 'null-nodes' || fault.kind === 'partial-errors' ? [fault] : [],
  )
  return {
    nodeBudget: Math.min(
      ...faults.map((one) => (one.kind === 'resource-limits' ? one.nodeBudget : Infinity)),
      Infinity,
    ),
    failingPulls: new Set(faults.flatMap((one) => (one.kind === 'failing-pull' ? one.pull : []))),
    emptyFields: new Set(faults.flatMap((one) => (one.kind === 'wrongly-empty' ? one.list : []))),
    spoil: (node) => {
      const struck = spoilers.find((spoiler) => random.chance(spoiler.share))
      if (!struck) return node
      if (struck.kind === 'null-nodes') return null
      return new GraphQLError('Something went wrong while executing your query.')
    },
  }
}
