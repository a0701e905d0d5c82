/**
 * Runs a search from the query to the answer: parse → plan → candidates → present, each a value made of the one
 * before. docs/search.md describes the steps.
 */
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { SlowQueryError } from '#app/database/reader.server.ts'
import { mayAskOutside } from '#app/embeddings/consent.ts'
import {
  type EmbeddingConfig,
  outsideHost,
  providerName,
} from '#app/embeddings/providers/resolve-provider.ts'
import { activeSpace } from '#app/embeddings/spaces.ts'
import { candidates } from './candidates.ts'
import { readScope } from './filters/read-scope.ts'
import type { Arms } from './fusion/ask-by-meaning.ts'
import { plan } from './plan/plan.ts'
import type { Search, SearchAnswer, SearchRequest } from './present/answer.ts'
import { offsetOf } from './present/cursor.ts'
import { present } from './present/present.ts'
import { parse } from './query/parse.ts'
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
  const outside = outsideHost(config)
  const queryVector = openQueryVectors(config)
  return async (reader, request) => {
    const offset = offsetOf(request)
    try {
      const arms = { reader: bounded(reader), queryVector, hasProvider, outside }
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
  const { reader, outside } = arms
  const planned = plan(parse(request.query, new Date()), request.mode)
  const place = await reader.run(async (db) => {
    const repositoryIds = await readScope(db, reader.scope, planned)
    const isLexical = request.mode === 'keyword'
    const space = isLexical ? null : await activeSpace(db)
    return {
      repositoryIds,
      space,
      unasked: isLexical ? null : await whyUnasked(db, outside, repositoryIds),
    }
  })
  const found = await candidates(arms, planned, place)
  return present(reader, request, { ...found, ...place, expression: planned.expression })
}

async function whyUnasked(
  db: Queryable,
  outside: string | null,
  repositoryIds: ReadableRepositoryId[],
): Promise<string | null> {
  if (outside === null || (await mayAskOutside(db, repositoryIds))) return null
  return `The search used words only: the settings of the installation do not allow texts to be sent to ${outside}.`
}
