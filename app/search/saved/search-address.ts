import type { SearchMode } from '../query/query.ts'

/** What is searched. */
export const SEARCH_TYPES = ['all', 'conversation', 'code'] as const
export type SearchType = (typeof SEARCH_TYPES)[number]

export interface SearchState {
  query: string
  mode: SearchMode
  type: SearchType
}

/** Returns the URL of a search without default values. */
export function searchAddress({ query, mode, type }: SearchState, cursor?: string): string {
  const parameters = new URLSearchParams({ q: query })
  if (mode !== 'auto') parameters.set('mode', mode)
  if (type !== 'all') parameters.set('type', type)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return `/search?${parameters}`
}
