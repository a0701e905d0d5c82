import { readConfig } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openSearch } from '#app/search/open-search.ts'
import type { Search } from '#app/search/present/answer.ts'
import { testProfile } from '../services/setup.ts'

/** A search over a test's database. */
export function openSearchOf(pool: Pool, environment: Record<string, string> = {}): Search {
  const config = readConfig({ ...process.env, ...environment })
  return openSearch({
    database: { pool, profile: testProfile() },
    config,
  })
}
