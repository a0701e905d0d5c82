import type { LinkedCodeHit } from '#app/code/search/open-code-search.ts'
import { PAGE_LINES } from '#app/code/views/page-lines.ts'
import type { SearchState } from '#app/search/saved/search-address.ts'

/** Returns the URL of what a search finds as CSV. */
export function csvAddress({ query, mode }: SearchState): string {
  return `/search.csv?${new URLSearchParams({ q: query, mode })}`
}

/** Returns the URL of a pull request in Whence, not on GitHub. */
export function pullAddress(repository: string, number: number): string {
  return `/pulls/${repository.split('/').map(encodeURIComponent).join('/')}/${number}`
}

/** Returns the URL of the lines of an indexed file in Whence. */
export function codeAddress({
  repository,
  branch,
  path,
  startLine,
}: Pick<LinkedCodeHit, 'repository' | 'branch' | 'path' | 'startLine'>): string {
  const place = [repository, branch, path].join('/').split('/').map(encodeURIComponent).join('/')
  const from = startLine > PAGE_LINES ? `?from=${startLine}` : ''
  return `/code/${place}${from}#L${startLine}`
}

/** Converts a link to a comment on GitHub to the same entry of the conversation in Whence. */
export function entryAddress(pull: string, url: string): string {
  const commit = /\/commits?\/([0-9a-f]{40,64})$/.exec(url)?.[1]
  const anchor = commit ? `commit-${commit}` : (url.split('#')[1] ?? '')
  return /^[\w-]{1,100}$/.test(anchor) ? `${pull}?at=${anchor}#${anchor}` : pull
}
