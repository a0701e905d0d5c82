import { schema } from '@octokit/graphql-schema'
import { buildSchema, GraphQLScalarType, type GraphQLSchema } from 'graphql'

const FORMATS: Record<string, RegExp> = {
  DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  GitTimestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
  GitObjectID: /^[0-9a-f]{40}$/,
  URI: /^(https?:\/\/|\/)\S*$/,
  BigInt: /^\d+$/,
  HTML: /^/,
}

/** What GitHub has and the published schema does not yet. */
const LATER = `
extend type PullRequest {
  assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection!
}
type AssigneeConnection { nodes: [Assignee] pageInfo: PageInfo! totalCount: Int! }`

let built: GraphQLSchema | null = null

/**
 * Returns GitHub's own schema, which is built once. Its scalars validate their output, so an answer that
 * GitHub could not give is an error of the stand-in.
 */
export function githubSchema(): GraphQLSchema {
  if (built) return built
  // The published schema defines two fields twice, which strict building rejects.
  built = buildSchema(schema.idl + LATER, { assumeValidSDL: true, assumeValid: true })
  for (const [name, format] of Object.entries(FORMATS)) {
    const scalar = built.getType(name)
    if (scalar instanceof GraphQLScalarType)
      scalar.serialize = (value) => check(name, format, value)
  }
  return built
}

function check(name: string, format: RegExp, value: unknown): string {
  if (typeof value === 'string' && format.test(value)) return value
  throw new TypeError(`The stand-in GitHub gave ${JSON.stringify(value)} where ${name} is due`)
}
