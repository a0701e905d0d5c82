/** What a request costs of the rate limit of its token. Most cost 1. */

const EXPORT = 20
const BY_MEANING = 3
const BY_CODE = 5

/** Returns the cost that method, path and query show. */
export function costOfRequest({
  method,
  path,
  query,
}: {
  method: string
  path: string
  query: Record<string, unknown>
}): number {
  if (method === 'POST' && isCodeQuery(path)) return BY_MEANING
  if (method !== 'GET') return 1
  if (isExport(path)) return EXPORT
  if (isWhy(path)) return BY_CODE
  return /^(\/api\/v1)?\/search\/?$/i.test(path) ? costOfSearch(query.mode) : 1
}

/** Returns the cost of a call at `/mcp`, whose body shows it. */
export function costOfCall(body: unknown): number {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: CallParams }
  if (method !== 'tools/call') return 1
  if (OF_CODE.has(params?.name)) return BY_CODE
  if (params?.name === 'search_code') return BY_MEANING
  return params?.name === 'search_pull_requests' ? costOfSearch(params.arguments?.mode) : 1
}

const OF_CODE = new Set<unknown>(['find_introducing_pull_request', 'explain_decision'])

interface CallParams {
  name?: unknown
  arguments?: { mode?: unknown }
}

/** A search compares vectors unless it asks for words only. */
function costOfSearch(mode: unknown): number {
  return mode === 'keyword' ? 1 : BY_MEANING
}

/** A query of code is posted, and reads. */
export function isCodeQuery(path: string): boolean {
  return /^\/api\/v1\/projects\/[^/]+\/query\/?$/i.test(path)
}

/** Blames lines, or looks for the commits of a path. */
function isWhy(path: string): boolean {
  return /^(\/api\/v1)?\/why(\/|$)/i.test(path)
}

export function isExport(path: string): boolean {
  return /^\/api\/v1\/export\//i.test(path)
}
