import type { SearchMode } from '#app/search/query/query.ts'

export interface SearchState {
  query: string
  mode: SearchMode
}

/** Returns the URL of a search without default values. */
export function searchAddress({ query, mode }: SearchState, cursor?: string): string {
  const parameters = new URLSearchParams({ q: query })
  if (mode !== 'auto') parameters.set('mode', mode)
  if (cursor !== undefined) parameters.set('cursor', cursor)
  return `/search?${parameters}`
}

/** Returns the URL of a pull request in Whence, not on GitHub. */
export function pullAddress(repository: string, number: number): string {
  return `/pulls/${repository.split('/').map(encodeURIComponent).join('/')}/${number}`
}

/** Converts a link to a comment on GitHub to the same entry of the conversation in Whence. */
export function entryAddress(pull: string, url: string): string {
  const commit = /\/commits?\/([0-9a-f]{40,64})$/.exec(url)?.[1]
  const anchor = commit ? `commit-${commit}` : (url.split('#')[1] ?? '')
  return /^[\w-]{1,100}$/.test(anchor) ? `${pull}?at=${anchor}#${anchor}` : pull
}
