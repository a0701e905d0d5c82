import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  type GraphQLError,
  getOperationAST,
  Kind,
  visit,
} from 'graphql'

export type GithubError = {
  type?: string
  path?: readonly (string | number)[]
  extensions?: Record<string, unknown>
  locations?: readonly { line: number; column: number }[]
  message: string
}

/** Formats an execution error, with the `type` that GitHub adds to the message. */
export function describeError(error: GraphQLError): GithubError {
  const { type, saml_failure } = error.extensions
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(error.path ? { path: error.path } : {}),
    ...(saml_failure ? { extensions: { saml_failure } } : {}),
    ...(error.locations ? { locations: error.locations } : {}),
    message: error.message,
  }
}

export function describeSyntaxError(error: GraphQLError): GithubError {
  const place = error.locations?.[0] ?? { line: 1, column: 1 }
  const found = /(?:found|character:?) (.+?)\.?$/.exec(error.message)?.[1] ?? 'end of file'
  const message = `Parse error on ${found} at [${place.line}, ${place.column}]`
  return { message, locations: [place] }
}

type Rewording = {
  from: RegExp
  code: string
  message: (parts: string[]) => string
  extensions: (parts: string[]) => Record<string, unknown>
}

// graphql-js detects the same errors as GitHub, but words them differently.
const REWORDINGS: Rewording[] = [
  {
    from: /^Cannot query field "(\w+)" on type "(\w+)"/,
    code: 'undefinedField',
    message: ([field, type]) => `Field '${field}' doesn't exist on type '${type}'`,
    extensions: ([fieldName, typeName]) => ({ typeName, fieldName }),
  },
  {
    from: /^Unknown argument "(\w+)" on field "\w+\.(\w+)"/,
    code: 'argumentNotAccepted',
    message: ([name, field]) => `Field '${field}' doesn't accept argument '${name}'`,
    extensions: ([argumentName, name]) => ({ name, typeName: 'Field', argumentName }),
  },
  {
    from: /^Field "(\w+)" argument "(\w+)" of type ".+" is required/,
    code: 'missingRequiredArguments',
    message: ([field, name]) => `Field '${field}' is missing required arguments: ${name}`,
    extensions: ([name, args]) => ({ className: 'Field', name, arguments: args }),
  },
  {
    from: /^Field "(\w+)" of type "\[?(\w+)[!\]]*" must have a selection/,
    code: 'selectionMismatch',
    message: ([field, type]) =>
      `Field must have selections (field '${field}' returns ${type} but has no selections. Did you mean '${field} { ... }'?)`,
    extensions: ([field, typeName]) => ({ nodeName: `field '${field}'`, typeName }),
  },
  {
    from: /^Variable "\$(\w+)" is not defined/,
    code: 'variableNotDefined',
    message: ([name]) => `Variable $${name} is used but not declared`,
    extensions: ([variableName]) => ({ variableName }),
  },
]

export function describeInvalid(document: DocumentNode, error: GraphQLError): GithubError {
  const place = { path: pathOf(document, error.nodes?.[0]), locations: error.locations ?? [] }
  for (const rewording of REWORDINGS) {
    const found = rewording.from.exec(error.message)
    if (!found) continue
    const parts = found.slice(1)
    const extensions = { code: rewording.code, ...rewording.extensions(parts) }
    return { ...place, extensions, message: rewording.message(parts) }
  }
  return { ...place, message: error.message }
}

/** Returns the path as GitHub formats it: the operation, followed by the fields down to the error. */
function pathOf(document: DocumentNode, wanted: ASTNode | undefined): string[] {
  const path: string[] = []
  let found: string[] | null = null
  visit(document, {
    enter(node) {
      const name = stepOf(node)
      if (name !== null) path.push(name)
      if (node !== wanted) return undefined
      found = [...path]
      return BREAK
    },
    leave(node) {
      if (stepOf(node) !== null) path.pop()
    },
  })
  return found ?? [getOperationAST(document)?.operation ?? 'query']
}

function stepOf(node: ASTNode): string | null {
  if (node.kind === Kind.OPERATION_DEFINITION) {
    return node.name ? `${node.operation} ${node.name.value}` : node.operation
  }
  if (node.kind === Kind.FRAGMENT_DEFINITION) return `fragment ${node.name.value}`
  if (node.kind === Kind.FIELD) return node.alias?.value ?? node.name.value
  return node.kind === Kind.ARGUMENT ? node.name.value : null
}
