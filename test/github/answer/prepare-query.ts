import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { type Cost, costOf } from './cost.ts'
import {
  describeError,
  describeInvalid,
  describeSyntaxError,
  type GithubError,
} from './graphql-errors.ts'
import { githubSchema } from './schema.ts'

export type Prepared = {
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Record<string, unknown>
  cost: Cost
}

export type Question = {
  query: string
  variables: Record<string, unknown>
  operationName: string | null
}

type Checked = { document: DocumentNode; errors: GithubError[] }

const checkedByText = new Map<string, Checked>()
const CHECKED_KEPT = 500

/**
 * Parses, validates and prices a query; returns the errors with which GitHub rejects it before execution.
 *
 * @param unknown fields of the schema, `Type.field`, that this server does not know.
 */
export function prepareQuery(
  question: Question,
  unknown: string[] = [],
): Prepared | { errors: GithubError[] } {
  const checked = check(question.query)
  if (!('document' in checked) || checked.errors.length > 0) return { errors: checked.errors }
  const { document } = checked
  const strange = findUnknown(document, unknown)
  if (strange.length > 0) return { errors: strange }
  const operation = getOperationAST(document, question.operationName)
  if (!operation) return { errors: [{ message: 'An operation name is required' }] }
  const schema = githubSchema()
  const definitions = operation.variableDefinitions ?? []
  const given = getVariableValues(schema, definitions, question.variables)
  if (given.errors) return { errors: given.errors.map(describeError) }
  try {
    const fragments = fragmentsOf(document)
    const variables = given.coerced
    const cost = costOf({ schema, operation, fragments, variables })
    return { document, operation, variables: question.variables, cost }
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [describeError(error)] }
    throw error
  }
}

function check(query: string): Checked | { errors: GithubError[] } {
  const known = checkedByText.get(query)
  if (known) return known
  const document = parseOrRefuse(query)
  if (document instanceof GraphQLError) return { errors: [describeSyntaxError(document)] }
  const errors = validate(githubSchema(), document)
  const checked = { document, errors: errors.map((error) => describeInvalid(document, error)) }
  if (checkedByText.size >= CHECKED_KEPT) checkedByText.clear()
  checkedByText.set(query, checked)
  return checked
}

function findUnknown(document: DocumentNode, unknown: string[]): GithubError[] {
  if (unknown.length === 0) return []
  const types = new TypeInfo(githubSchema())
  const errors: GithubError[] = []
  const enter = (node: FieldNode) => {
    const field = node.name.value
    if (!unknown.includes(`${types.getParentType()?.name}.${field}`)) return
    const message = `Cannot query field "${field}" on type "${types.getParentType()?.name}"`
    errors.push(describeInvalid(document, new GraphQLError(message, { nodes: node })))
  }
  visit(document, visitWithTypeInfo(types, { Field: { enter } }))
  return errors
}

function parseOrRefuse(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  return Object.fromEntries(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  )
}
