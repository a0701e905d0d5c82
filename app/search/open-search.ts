/**
 * Runs a search from the query to the answer: parse → scope → arms → fusion → hits. docs/glossary.md
 * explains the terms.
 */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { SlowQueryError } from '#app/database/reader.server.ts'
import { type EmbeddingConfig, providerName } from '#app/embeddings/resolve-provider.ts'
import { activeSpace } from '#app/embeddings/spaces.ts'
import { readScope } from './filters/read-scope.ts'
import { sortPulls } from './filters/sort-pulls.ts'
import { findHits } from './find-hits.ts'
import type { Arms } from './fusion/ask-by-meaning.ts'
import type { Search, SearchAnswer, SearchRequest } from './present/answer.ts'
import { cursorAt, offsetOf } from './present/cursor.ts'
import { readFacets } from './present/facets.ts'
import { readHits } from './present/read-hits.ts'
import { suggestNames } from './present/suggest-names.ts'
import { parseQuery } from './query/parse-query.ts'
import { openQueryVectors } from './vector/query-vector.ts'

/** Time limit of each statement, in milliseconds. */
const MOST_MS = 2_000

/**
 * Opens the search of one process.
 *
 * @throws OperatorError if the embedding provider's configuration is incomplete.
 */
export function openSearch(config: EmbeddingConfig): Search {
  const hasProvider = providerName(config) !== 'none'
  const queryVector = openQueryVectors(config)
  return async (reader, request) => {
    const offset = offsetOf(request)
    try {
      const arms = { reader: bounded(reader), queryVector, hasProvider }
      return await search(arms, { ...request, offset })
    } catch (error) {
      if (!(error instanceof SlowQueryError)) throw error
      return nothing(
        request,
        `The search was stopped after ${MOST_MS / 1000} s: use fewer words, or narrow it with \`repo:\`.`,
      )
    }
  }
}

function bounded(reader: ScopedReader): ScopedReader {
  return { ...reader, run: (work) => reader.run(work, MOST_MS) }
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
  request: SearchRequest & { offset: number },
): Promise<SearchAnswer> {
  const { reader } = arms
  const { scope } = reader
  const query = parseQuery(request.query, new Date())
  const { repositoryIds, space } = await reader.run(async (db) => ({
    repositoryIds: await readScope(db, scope, query),
    space: request.mode === 'keyword' ? null : await activeSpace(db),
  }))
  const found = await findHits(arms, query, { repositoryIds, space }, request.mode)
  const end = request.offset + request.limit
  const pulls = found.ranked.flatMap(({ pullRequestId }) => pullRequestId ?? [])
  const ranked = await sortPulls(reader, found.ranked, query.sort)
  const [hits, facets, hints] = await Promise.all([
    reader.run((db) => readHits(db, scope, ranked.slice(request.offset, end), found.weights)),
    reader.run((db) => readFacets(db, pulls)),
    suggestNames(reader, query, { repositoryIds, isFound: ranked.length > 0 }),
  ])
  return {
    query: request.query,
    mode: found.mode,
    warnings: [...query.warnings, ...found.warnings, ...hints],
    hits,
    total: { count: found.ranked.length, isExact: !found.isCut },
    facets,
    next: found.ranked.length > end ? cursorAt(end, request) : null,
  }
}
