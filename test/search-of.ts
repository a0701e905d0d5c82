import type pg from 'pg'
import { readConfig } from '#app/env.server.ts'
import { createLogger } from '#app/logger.server.ts'
import type { Search } from '#app/search/answer.ts'
import { openSearch } from '#app/search/open-search.ts'
import { testProfile } from './setup.ts'

/** A search over a test's database. */
export function openSearchOf(pool: pg.Pool, environment: Record<string, string> = {}): Search {
  const config = readConfig({ ...process.env, ...environment })
  return openSearch({
    database: { pool, profile: testProfile() },
    config,
    logger: createLogger('silent'),
  })
}
