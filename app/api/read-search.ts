/** Reads a search request from a URL; invalid parameters only cause warnings, but `q` is required. */
import { RefusedError } from '#app/config/errors.server.ts'
import { type SearchRequest, searchMode } from '#app/search/present/answer.ts'
import { fewWarnings } from '#app/search/present/few-warnings.ts'
import type { SearchMode } from '#app/search/query/query.ts'

const LIMIT = { default: 20, max: 100 }
const KNOWN = ['q', 'repo', 'limit', 'mode', 'cursor']

export interface ReadSearch {
  searchRequest: SearchRequest
  /** The names or addresses to which `repo` narrows the search, as they were given. */
  repositories: string[]
  warnings: string[]
}

/** @throws RefusedError if `q` is missing. */
export function readSearch(parameters: URLSearchParams): ReadSearch {
  const query = parameters.get('q')
  if (query === null) throw new RefusedError('invalid', 'q: is missing', 'Send the query as `q`.')
  const unknown = [...new Set(parameters.keys())]
    .filter((name) => !KNOWN.includes(name))
    .map((name) => `The unknown parameter ${JSON.stringify(name.slice(0, 40))} was ignored.`)
  const warnings = fewWarnings(unknown)
  const searchRequest = {
    query,
    limit: readLimit(parameters.get('limit'), warnings),
    mode: readMode(parameters.get('mode'), warnings),
    cursor: parameters.get('cursor') ?? undefined,
  }
  return { searchRequest, repositories: parameters.getAll('repo'), warnings }
}

function readLimit(text: string | null, warnings: string[]): number {
  if (text === null) return LIMIT.default
  if (/^\d{1,9}$/.test(text) && +text >= 1 && +text <= LIMIT.max) return +text
  const taken = /^\d+$/.test(text) && +text > LIMIT.max ? LIMIT.max : LIMIT.default
  warnings.push(`The limit must be a whole number from 1 to ${LIMIT.max}; ${taken} was used.`)
  return taken
}

function readMode(text: string | null, warnings: string[]): SearchMode {
  const { data } = searchMode.safeParse(text ?? 'auto')
  if (!data) warnings.push('The mode must be auto, keyword or semantic; auto was used.')
  return data ?? 'auto'
}
