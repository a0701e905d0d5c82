import { GraphQLError } from 'graphql'
import { makeRandom } from '../world/random.ts'
import type { Fault } from './fault-format.ts'
import { alterField, type ResolvedField } from './field-faults.ts'

/** The faults that occur inside the execution of one query. */
export type QueryFaults = {
  nodeBudget: number
  failingPulls: Set<string>
  /** Number of items after which a list ends, and whether its total says the same. */
  cut: (list: string) => { most: number; keepsTotal: boolean }
  alter: (field: ResolvedField, value: unknown) => unknown
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
    cut: (list) => cutOf(faults, list),
    alter: (field, value) => alterField(faults, field, value),
    spoil: (node) => {
      if (isMet(faults, 'failing-node', node)) return internalError()
      if (isMet(faults, 'late-pull', node)) return notFoundYet()
      const struck = spoilers.find((spoiler) => random.chance(spoiler.share))
      if (!struck) return node
      if (struck.kind === 'null-nodes') return null
      return new GraphQLError('Something went wrong while executing your query.')
    },
  }
}

function isMet(faults: Fault[], kind: 'failing-node' | 'late-pull', node: unknown): boolean {
  const { id } = Object(node) as { id?: string }
  return faults.some(
    (fault) => fault.kind === kind && ('pull' in fault ? fault.pull : fault.id) === id,
  )
}

function notFoundYet(): GraphQLError {
  const message = 'Could not resolve to a PullRequest.'
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } })
}

function internalError(): GraphQLError {
  const message = 'Something went wrong while executing your query.'
  return new GraphQLError(message, { extensions: { type: 'INTERNAL' } })
}

function cutOf(faults: Fault[], list: string): ReturnType<QueryFaults['cut']> {
  for (const fault of faults) {
    if (fault.kind === 'wrongly-empty' && fault.list === list) return { most: 0, keepsTotal: false }
    if (fault.kind === 'short-list' && fault.list === list)
      return { most: fault.most, keepsTotal: true }
  }
  return { most: Infinity, keepsTotal: true }
}
