import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition } from '#app/database/parameters.ts'
import { openReader } from '#app/database/reader.server.ts'
import { indexSpace } from '#app/embeddings/index-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { findByVector } from '#app/search/vector/find-by-vector.ts'
import { scanRows, type VectorQuery } from '#app/search/vector/nearest-rows.ts'
import type { Services } from '#server/services/services.ts'
import { withDatabase } from '../with-database.ts'
import { readCorpus, readJudged } from './corpus.ts'
import { makePassages } from './many-passages.ts'

/**
 * Measures the recall of the ten nearest passages by vector search against a comparison with every row, and
 * the latency of both: in scopes of 0.1, 1, 10 and 100% of 200,000 passages, and under conditions.
 *
 *   node --import tsx bench/search/recall.ts     uses a new database on the server of DATABASE_URL
 */
const SIZES = [200, 1_800, 18_000, 180_000]
const DATA = '../shared/data'
const QUERIES = Number(process.env.QUERIES ?? 100)
const DEPTH = 10
/** The limit that a hybrid search uses. */
const LIMIT = 200
const { signal } = new AbortController()

interface Scope {
  name: string
  repositoryIds: ReadableRepositoryId[]
  conditions?: Condition[]
}

function scopesOf(ids: ReadableRepositoryId[]): Scope[] {
  const share = (part: number): Condition[] => [(bind) => `pr.number % 100 < ${bind(part)}`]
  return [
    { name: '0.1 %', repositoryIds: ids.slice(0, 1) },
    { name: '1 %', repositoryIds: ids.slice(0, 2) },
    { name: '10 %', repositoryIds: ids.slice(0, 3) },
    { name: '90 %', repositoryIds: ids.slice(3) },
    { name: '100 %', repositoryIds: ids },
    { name: '100 %, a condition for 1 % of them', repositoryIds: ids, conditions: share(1) },
    { name: '100 %, a condition for 20 % of them', repositoryIds: ids, conditions: share(20) },
    { name: '100 %, a condition for 40 % of them', repositoryIds: ids, conditions: share(40) },
  ]
}

async function main(): Promise<void> {
  await withDatabase(async (services) => {
    const { database, logger } = services
    const corpus = readCorpus(DATA)
    const provider = hashProvider()
    const { repositoryIds, space } = await makePassages(
      { pool: database.pool, provider, corpus },
      SIZES,
    )
    const begun = performance.now()
    await indexSpace({ database, logger, signal })
    console.log(`index built in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
    await measureScopes(services, space, scopesOf(repositoryIds))
  })
}

async function measureScopes({ database }: Services, space: Space, scopes: Scope[]): Promise<void> {
  const reader = openReader(database)
  const texts = readJudged(DATA)
    .map(({ text }) => text)
    .filter((_, index, all) => index % Math.floor(all.length / QUERIES) === 0)
    .slice(0, QUERIES)
  const vectors = await hashProvider().embed(texts, signal)
  for (const { name, ...scope } of scopes) {
    const times: Record<'found' | 'exact', number[]> = { found: [], exact: [] }
    const recalls: number[] = []
    for (const vector of vectors) {
      const query: VectorQuery = { space, vector, limit: LIMIT, ...scope }
      const found = await timed(times.found, () => findByVector(reader, query))
      const exact = await timed(times.exact, () => scanRows(database.pool, query, null))
      // Passages with equal text have equal similarity.
      const least = (exact?.[Math.min(DEPTH, exact?.length ?? 0) - 1]?.similarity ?? 0) - 1e-9
      const right = found.slice(0, DEPTH).filter(({ similarity }) => similarity >= least)
      recalls.push(right.length / Math.min(DEPTH, exact?.length ?? 0))
    }
    const recall = recalls.reduce((sum, one) => sum + one, 0) / recalls.length
    console.log(
      `${name.padEnd(40)} recall@10 ${recall.toFixed(4)}, worst ${Math.min(...recalls)}, ` +
        `p50/p95 ${summary(times.found)} ms, every row compared ${summary(times.exact)} ms`,
    )
  }
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work()
  times.push(performance.now() - begun)
  return result
}

function summary(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return [0.5, 0.95].map((at) => sorted[Math.floor(sorted.length * at)]?.toFixed(0)).join('/')
}

await main()
process.exit(0)
