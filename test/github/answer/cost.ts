import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { type Asked, argument, gather, mergeSelections, readsNodes } from './selections.ts'

export type Cost = { requests: number; points: number; nodes: number }

type CostInput = Asked & { schema: GraphQLSchema; operation: OperationDefinitionNode }

const MAX_NODES = 500_000
const MAX_PAGE = 100

type Walk = CostInput & { requests: number; nodes: number }
type Above = { pages: number; path: string[] }

/**
 * Computes points and nodes by GitHub's published rules, from the query and its variables alone: each
 * connection is requested once per node above it, 100 requests cost one point, and nodes are the maximum that
 * could be returned.
 *
 * @throws GraphQLError with GitHub's type if a page or the sum is too large.
 */
export function costOf(input: CostInput): Cost {
  const walk: Walk = { ...input, requests: 0, nodes: 0 }
  const root = input.schema.getRootType(input.operation.operation)
  if (root) visit(walk, root.name, input.operation.selectionSet, { pages: 1, path: [] })
  if (walk.nodes > MAX_NODES) {
    const asked = walk.nodes.toLocaleString('en-US')
    throw refusal(
      'MAX_NODE_LIMIT_EXCEEDED',
      `This query requests up to ${asked} possible nodes which exceeds the maximum limit of 500,000.`,
    )
  }
  return {
    requests: walk.requests,
    points: Math.max(1, Math.round(walk.requests / 100)),
    nodes: walk.nodes,
  }
}

function visit(walk: Walk, type: string, selections: SelectionSetNode, above: Above): void {
  for (const { parent, nodes } of gather(walk, type, selections)) {
    const [node] = nodes
    const field = node && fieldOf(walk.schema, parent, node.name.value)
    if (!node || !field) continue
    const selectionSet = mergeSelections(nodes)
    if (!selectionSet) continue
    const path = [...above.path, node.alias?.value ?? node.name.value]
    const pages = above.pages * multiplierOf(walk, { node, field, selectionSet, above, path })
    visit(walk, getNamedType(field.type).name, selectionSet, { pages, path })
  }
}

type Met = {
  node: FieldNode
  field: GraphQLField<unknown, unknown>
  selectionSet: SelectionSetNode
  above: Above
  path: string[]
}

function multiplierOf(walk: Walk, met: Met): number {
  const { node, field, above, path } = met
  if (!getNamedType(field.type).name.endsWith('Connection')) {
    if (path.length > 1 || field.name !== 'nodes') return 1
    const size = idsIn(walk, node)
    walk.nodes += size
    return size
  }
  const size = pageSize(walk, met)
  walk.requests += above.pages
  walk.nodes += above.pages * size
  // A connection that is only read for its count has no pages below it.
  return Math.max(1, size)
}

function idsIn(walk: Walk, node: FieldNode): number {
  const ids = argument(walk, node, 'ids')
  const size = Array.isArray(ids) ? ids.length : 1
  if (size > MAX_PAGE) {
    const message = `You may not provide more than 100 node ids; you provided ${size}.`
    throw refusal('ARGUMENT_LIMIT', message, node, [node.alias?.value ?? node.name.value])
  }
  return size
}

function pageSize(walk: Walk, { node, selectionSet, path, field }: Met): number {
  const name = field.name
  const asked = ['first', 'last'].flatMap((key) => {
    const value = argument(walk, node, key)
    return typeof value === 'number' ? [{ key, value }] : []
  })
  const [bound] = asked
  if (!bound) {
    if (!readsNodes(walk, selectionSet)) return 0
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`
    throw refusal('MISSING_PAGINATION_BOUNDARIES', message, node, path)
  }
  if (asked.length > 1) {
    const message = `Passing both \`first\` and \`last\` to paginate the \`${name}\` connection is not supported.`
    throw refusal('INVALID_PAGINATION', message, node, path)
  }
  if (bound.value < 0) {
    const message = `\`${bound.key}\` on the \`${name}\` connection cannot be less than zero.`
    throw refusal('INVALID_PAGINATION', message, node, path)
  }
  if (bound.value > MAX_PAGE) {
    const message = `Requesting ${bound.value} records on the \`${name}\` connection exceeds the \`${bound.key}\` limit of 100 records.`
    throw refusal('EXCESSIVE_PAGINATION', message, node, path)
  }
  return bound.value
}

function fieldOf(schema: GraphQLSchema, parent: string, name: string) {
  const type = schema.getType(parent)
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
}

function refusal(type: string, message: string, node?: FieldNode, path?: string[]): GraphQLError {
  return new GraphQLError(message, { nodes: node, path, extensions: { type } })
}
