import type { StandInState } from '#test/github/state.ts'
import type { Identity } from '../world/access.ts'

/** A REST answer without the headers for limits and caching. */
export type Answer = {
  status: number
  body: unknown
  headers: Record<string, string>
}

export type RestCall = {
  state: StandInState
  identity: Identity
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  /** URL by which the caller reached the API, for links. */
  baseUrl: string
  /** Lists that a fault answers as empty. */
  emptied: Set<string>
  /** Repositories that a fault blocks, with the reason. */
  blocked: Map<string, string>
}

export type Route = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  pattern: RegExp
  answer: (call: RestCall, ...parts: string[]) => Answer
  /** Credentials that the route requires: the App's JWT, an installation token, a user token, or any. */
  who: 'app' | 'installation' | 'user' | 'anyone'
}

const DOCUMENTATION = 'https://docs.github.com/rest'

export function ok(body: unknown, headers: Record<string, string> = {}): Answer {
  return { status: 200, body, headers }
}

export function refuse(status: number, message: string, more: object = {}): Answer {
  const body = { message, ...more, documentation_url: DOCUMENTATION, status: String(status) }
  return { status, body, headers: {} }
}

/** Returns one page of a list, with GitHub's `Link` header to its neighbours. */
export function listPage<T>(call: RestCall, items: T[], wrap: (page: T[]) => unknown): Answer {
  const perPage = Math.min(100, Math.max(1, Number(call.query.get('per_page')) || 30))
  const page = Math.max(1, Number(call.query.get('page')) || 1)
  const last = Math.max(1, Math.ceil(items.length / perPage))
  const links = [
    ...(page > 1 ? [linkTo(call, page - 1, 'prev')] : []),
    ...(page < last ? [linkTo(call, page + 1, 'next'), linkTo(call, last, 'last')] : []),
    ...(page > 1 ? [linkTo(call, 1, 'first')] : []),
  ]
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(', ') } : {}
  return ok(wrap(items.slice((page - 1) * perPage, page * perPage)), headers)
}

function linkTo(call: RestCall, page: number, relation: string): string {
  const query = new URLSearchParams(call.query)
  query.set('page', String(page))
  return `<${call.baseUrl}${call.path}?${query}>; rel="${relation}"`
}

/** Marks an integer beyond 2⁵³, which is no JavaScript number, for {@link writeJson}. */
export function rawNumber(value: bigint): string {
  return `\0${value}\0`
}

/** Writes JSON in which numbers marked by {@link rawNumber} have no quotes. */
export function writeJson(body: unknown): string {
  return JSON.stringify(body).replace(/"\\u0000(\d+)\\u0000"/g, '$1')
}
