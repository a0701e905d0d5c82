import { openReaders } from '#app/auth/readers.server.ts'
import type { Scope } from '#app/auth/scope.ts'
import { readConfig } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openSearch } from '#app/search/open-search.ts'
import type { SearchAnswer, SearchRequest } from '#app/search/present/answer.ts'
import { testProfile } from '../../services/setup.ts'

export type SearchWithin = (scope: Scope, request: SearchRequest) => Promise<SearchAnswer>

/** Opens a search over a test's database. */
export function openSearchOf(pool: Pool, environment: Record<string, string> = {}): SearchWithin {
  const search = openSearch(readConfig({ ...process.env, ...environment }))
  const readerFor = openReaders({ web: pool, profile: testProfile() })
  return (scope, request) => search(readerFor(scope), request)
}
