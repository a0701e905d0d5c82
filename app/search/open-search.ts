/** A search, from what somebody typed to an answer: parse → scope → arms → fusion → hits. */
import type { Scope } from '../auth/scope.ts'
import type { Database } from '../db.server.ts'
import type { Config } from '../env.server.ts'
import type { Logger } from '../logger.server.ts'
import type { Search, SearchAnswer, SearchRequest } from './answer.ts'
import { bounded, MOST_SECONDS, SlowSearchError } from './bounded.ts'
import { cursorAt, offsetOf } from './cursor.ts'
import { readFacets } from './facets.ts'
import { findHits, wantedOf } from './find-hits.ts'
import { parseQuery } from './parse-query.ts'
import { readHits } from './read-hits.ts'
import { readScope } from './read-scope.ts'
import { sortPulls } from './sort-pulls.ts'

interface SearchDeps {
  database: Pick<Database, 'pool' | 'profile'>
  config: Config
  logger: Logger
}

/** The search of one process. */
export function openSearch(deps: SearchDeps): Search {
  return async (scope, request) => {
    const offset = offsetOf(request)
    try {
      return await search(deps, scope, { ...request, offset })
    } catch (error) {
      if (!(error instanceof SlowSearchError)) throw error
      return nothing(
        request,
        `This took more than ${MOST_SECONDS} s and was broken off: ask for less, or within a \`repo:\`.`,
      )
    }
  }
}

function nothing({ query }: SearchRequest, warning: string): SearchAnswer {
  return {
    query,
    mode: 'keyword',
    warnings: [warning],
    hits: [],
    total: { count: 0, isExact: false },
    facets: { repository: [], author: [], label: [], state: [], year: [] },
    next: null,
  }
}

async function search(
  { database }: SearchDeps,
  scope: Scope,
  request: SearchRequest & { offset: number },
): Promise<SearchAnswer> {
  const query = parseQuery(request.query, new Date())
  return bounded(database, async (db) => {
    const repositoryIds = await readScope(db, scope, query)
    const wanted = await wantedOf(db, query, repositoryIds)
    const found = await findHits(db, query, wanted)
    const ranked = await sortPulls(db, found.ranked, query.sort)
    const end = request.offset + request.limit
    const page = ranked.slice(request.offset, end)
    return {
      query: request.query,
      mode: 'keyword',
      warnings: [...query.warnings, ...wanted.warnings],
      hits: await readHits(db, scope, page, found.weights),
      total: { count: ranked.length, isExact: !found.isCut },
      facets: await readFacets(
        db,
        ranked.flatMap(({ pullRequestId }) => pullRequestId ?? []),
      ),
      next: ranked.length > end ? cursorAt(end, request) : null,
    }
  })
}
