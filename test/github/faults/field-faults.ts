import { GraphQLError } from 'graphql'
import type { Fault } from './fault-format.ts'

type Connection = {
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  nodes: Iterable<unknown>
}

/** A field that was resolved: `Type.field`, with its arguments. */
export type ResolvedField = { name: string; args: { after?: string | null } }

const SAML =
  'Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.'

/** Returns what a field is answered with under the faults of its query. Throws where the field is an error. */
export function alterField(faults: Fault[], field: ResolvedField, value: unknown): unknown {
  return faults.reduce((altered, fault) => alterBy(fault, field, altered), value)
}

function alterBy(fault: Fault, { name, args }: ResolvedField, value: unknown): unknown {
  if (fault.kind === 'field-error' && fault.field === name) throw errorOf(fault.type)
  if (fault.kind === 'late-head') return beforePush(fault, name, value)
  if (!isConnection(value) || !('list' in fault) || fault.list !== name) return value
  if (fault.kind === 'withheld-nodes') return withheld(value, fault.error === 'saml')
  if (fault.kind === 'stuck-page') return stuck(value, fault.cursor, args.after ?? null)
  return value
}

function beforePush(fault: { oid: string; before: string }, name: string, value: unknown): unknown {
  if (name === 'PullRequest.headRefOid') return value === fault.oid ? fault.before : value
  if (name !== 'PullRequest.commits' || !isConnection(value)) return value
  const nodes = [...value.nodes]
  const kept = nodes.filter((node) => oidOf(node) !== fault.oid)
  return { ...value, totalCount: value.totalCount - (nodes.length - kept.length), nodes: kept }
}

function oidOf(node: unknown): string | undefined {
  return (node as { commit?: { oid?: string } } | null)?.commit?.oid
}

function errorOf(type: string): GraphQLError {
  const message =
    type === 'FORBIDDEN'
      ? 'Resource not accessible by integration'
      : 'Something went wrong while executing your query.'
  return new GraphQLError(message, { extensions: { type } })
}

function withheld(value: Connection, isSaml: boolean): Connection {
  const error = new GraphQLError(SAML, { extensions: { type: 'FORBIDDEN', saml_failure: true } })
  return { ...value, nodes: Array.from(value.nodes, () => (isSaml ? error : null)) }
}

function stuck(value: Connection, cursor: 'same' | 'null', after: string | null): Connection {
  const { pageInfo } = value
  if (cursor === 'null') {
    const endCursor = pageInfo.hasNextPage ? null : pageInfo.endCursor
    return { ...value, pageInfo: { ...pageInfo, endCursor } }
  }
  if (after === null) return value
  return { ...value, pageInfo: { ...pageInfo, hasNextPage: true, endCursor: after } }
}

function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'pageInfo' in value && 'nodes' in value
}
