import { readQuestion } from '#test/github/answer/answer-graphql.ts'

export type Received = {
  method: string
  /** Path without the prefix of an Enterprise Server. */
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: unknown
  baseUrl: string
}

export type Described = {
  /** The path, or the name of the query. */
  what: string
  /** The text in which a fault's `matching` is searched. */
  text: string
  isMutation: boolean
}

export function describeCall(received: Received): Described {
  const { path } = received
  if (path !== '/graphql') return { what: path, text: path, isMutation: false }
  const question = readQuestion(received.body)
  if (typeof question === 'string') return { what: 'unreadable', text: path, isMutation: false }
  const { query, operationName, variables } = question
  return {
    what: operationName ?? /^\s*query\s+(\w+)/.exec(query)?.[1] ?? 'query',
    text: `${query}\n${JSON.stringify(variables)}`,
    isMutation: /^\s*mutation\b/.test(query),
  }
}

export function headerOf(received: Received, name: string): string | undefined {
  const value = received.headers[name]
  return Array.isArray(value) ? value[0] : value
}
