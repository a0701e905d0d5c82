/**
 * A search, from the query to the answer: parse → scope → arms → fusion → hits. docs/glossary.md explains
 * the words.
 */
import type { Scope } from '#app/auth/scope.ts'
import { bounded, MOST_SECONDS, SlowSearchError } from '#app/database/bounded.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { type EmbeddingConfig, providerName } from '#app/embeddings/resolve-provider.ts'
import { activeSpace } from '#app/embeddings/spaces.ts'
import { readScope } from './filters/read-scope.ts'
import { sortPulls } from './filters/sort-pulls.ts'
import { findHits, wantedOf } from './find-hits.ts'
import type { Arms } from './fusion/ask-by-meaning.ts'
import type { Search, SearchAnswer, SearchRequest } from './present/answer.ts'
import { cursorAt, offsetOf } from './present/cursor.ts'
import { readFacets } from './present/facets.ts'
import { readHits } from './present/read-hits.ts'
import { parseQuery } from './query/parse-query.ts'
import { openQueryVectors } from './vector/query-vector.ts'

interface SearchDeps {
  database: Pick<Database, 'pool' | 'profile'>
  config: EmbeddingConfig
}

/** The search of one process. @throws OperatorError when the embedding provider lacks something. */
export function openSearch({ database, config }: SearchDeps): Search {
  const hasProvider = providerName(config) !== 'none'
  const arms = { database, queryVector: openQueryVectors(config), hasProvider }
  return async (scope, request) => {
    const offset = offsetOf(request)
    try {
      return await search(arms, scope, { ...request, offset })
    } catch (error) {
      if (!(error instanceof SlowSearchError)) throw error
      return nothing(
        request,
        `The search was stopped after ${MOST_SECONDS} s: use fewer words, or narrow it with \`repo:\`.`,
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
  arms: Arms,
  scope: Scope,
  request: SearchRequest & { offset: number },
): Promise<SearchAnswer> {
  const { database } = arms
  const { pool } = database
  const query = parseQuery(request.query, new Date())
  const [repositoryIds, space] = await Promise.all([
    readScope(pool, scope, query),
    request.mode === 'keyword' ? null : activeSpace(pool),
  ])
  const wanted = await wantedOf(database, query, repositoryIds)
  const found = await findHits(arms, query, { ...wanted, space }, request.mode)
  const end = request.offset + request.limit
  const pulls = found.ranked.flatMap(({ pullRequestId }) => pullRequestId ?? [])
  const ranked = await sortPulls(database, found.ranked, query.sort)
  const [hits, facets] = await Promise.all([
    readHits(pool, scope, ranked.slice(request.offset, end), found.weights),
    bounded(database, (db) => readFacets(db, pulls)),
  ])
  return {
    query: request.query,
    mode: found.mode,
    warnings: [...query.warnings, ...wanted.warnings, ...found.warnings],
    hits,
    total: { count: found.ranked.length, isExact: !found.isCut },
    facets,
    next: found.ranked.length > end ? cursorAt(end, request) : null,
  }
}
