import { type ExecutionResult, execute, GraphQLError, OperationTypeNode } from 'graphql'
import type { QueryFaults } from '../faults/query-faults.ts'
import { describeError, type GithubError } from './graphql-errors.ts'
import type { Prepared } from './prepare-query.ts'
import type { Resolution } from './resolution.ts'
import { resolveField, resolveType } from './resolvers/resolve-field.ts'
import { githubSchema } from './schema.ts'

export type Executed = {
  body: { data?: unknown; errors?: GithubError[] }
  /** Number of pull requests read, for answers whose time grows with it. */
  pulls: number
  nodes: number
  /** True if GitHub would have given up on this query. */
  gaveUp: boolean
}

type Given = Omit<Resolution, 'admit' | 'approach' | 'show' | 'alter' | 'cost'>

/** Executes a prepared query under the faults that apply to it. */
export function executeQuery(prepared: Prepared, given: Given, faults: QueryFaults): Executed {
  if (prepared.operation.operation !== OperationTypeNode.QUERY) {
    const message = 'Resource not accessible by integration'
    const errors = [{ type: 'FORBIDDEN', message }]
    return { body: { data: null, errors }, pulls: 0, nodes: 0, gaveUp: false }
  }
  const met = { pulls: new Set<unknown>(), nodes: 0, gaveUp: false }
  const reading: Resolution = {
    ...given,
    cost: prepared.cost,
    show: (list, items) => {
      const { most, keepsTotal } = faults.cut(list)
      const shown = items.slice(0, most)
      return { items: shown, total: keepsTotal ? items.length : shown.length }
    },
    alter: faults.alter,
    approach: (pull) => {
      if (!faults.failingPulls.has(pull.id) && !faults.failingPulls.has(pull.legacyId ?? '')) return
      met.gaveUp = true
      throw new GraphQLError('Something went wrong while executing your query.')
    },
    admit: (node) => {
      met.nodes += 1
      if (isPull(node)) met.pulls.add(node)
      if (met.nodes > faults.nodeBudget) {
        const extensions = { type: 'RESOURCE_LIMITS_EXCEEDED' }
        return new GraphQLError('Resource limits for this query exceeded.', { extensions })
      }
      return faults.spoil(node)
    },
  }
  const result = execute({
    schema: githubSchema(),
    document: prepared.document,
    operationName: prepared.operation.name?.value,
    variableValues: prepared.variables,
    contextValue: reading,
    fieldResolver: resolveField,
    typeResolver: resolveType,
  }) as ExecutionResult
  return { body: bodyOf(result), pulls: met.pulls.size, nodes: met.nodes, gaveUp: met.gaveUp }
}

function isPull(node: unknown): boolean {
  return (
    typeof node === 'object' &&
    node !== null &&
    '__typename' in node &&
    node.__typename === 'PullRequest'
  )
}

function bodyOf(result: ExecutionResult): Executed['body'] {
  if (!result.errors) return { data: result.data }
  return { data: result.data ?? null, errors: result.errors.map(describeError) }
}
