import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Expression } from '../query/query.ts'
import type { WordRanking } from '../text/rank-by-words.ts'
import type { SearchAnswer, SearchRequest } from './answer.ts'
import { cursorAt } from './cursor.ts'
import { readFacets } from './facets.ts'
import { fewWarnings } from './few-warnings.ts'
import { readHits } from './read-hits.ts'
import { suggestNames } from './suggest-names.ts'

interface Found extends WordRanking {
  /** The query, for hints about its names. */
  expression: Expression
  repositoryIds: ReadableRepositoryId[]
  mode: SearchAnswer['mode']
  warnings: string[]
}

/** Reads one page of what was found, with facets and hints. */
export async function present(
  reader: ScopedReader,
  request: SearchRequest & { offset: number },
  { expression, repositoryIds, ranked, weights, isCut, mode, warnings }: Found,
): Promise<SearchAnswer> {
  const end = request.offset + request.limit
  const shown = ranked.slice(request.offset, end)
  const pulls = ranked.flatMap(({ pullRequestId }) => pullRequestId ?? [])
  const isFound = ranked.length > 0
  const [hits, facets, hints] = await Promise.all([
    reader.run((db) => readHits(db, reader.scope, shown, weights)),
    reader.run((db) => readFacets(db, pulls)),
    suggestNames(reader, expression, { repositoryIds, isFound }),
  ])
  return {
    query: request.query,
    mode,
    warnings: fewWarnings([...warnings, ...hints]),
    hits,
    total: { count: ranked.length, isExact: !isCut },
    facets,
    next: ranked.length > end ? cursorAt(end, request) : null,
  }
}
