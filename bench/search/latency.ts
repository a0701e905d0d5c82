import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { openReader } from '#app/database/reader.server.ts'
import { READER_ROLE } from '#app/database/reader-role.server.ts'
import { indexSpace } from '#app/embeddings/index-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { lexemesOf } from '#app/search/text/lexemes.ts'
import { rankByWords } from '#app/search/text/rank-by-words.ts'
import { findByVector } from '#app/search/vector/find-by-vector.ts'
import type { Services } from '#server/services/services.ts'
import { startWeb } from '#server/web.ts'
import { withDatabase } from '../with-database.ts'
import { readCorpus, readJudged } from './corpus.ts'
import { makePassages } from './many-passages.ts'

/**
 * Measures the latency of a hybrid search over HTTP with 200,000 passages, and of each arm alone: judged
 * titles from one client, then from eight clients without pauses. All share this machine.
 *
 *   npm run bench:latency     uses a new database on the server of DATABASE_URL; run `npm run build` first
 */
const SIZES = [2_000, 18_000, 180_000]
const DATA = '../shared/data'
const QUERIES = Number(process.env.QUERIES ?? 200)
const CLIENTS = 8
const { signal } = new AbortController()

async function main(): Promise<void> {
  await withDatabase(async (services) => {
    const { database, logger } = services
    const { pool } = database
    const making = { pool, provider: hashProvider(), corpus: readCorpus(DATA) }
    const { repositoryIds, space } = await makePassages(making, SIZES)
    await fillWords(pool, signal)
    await countWords(pool, 'external', signal)
    await indexSpace({ database, logger, signal })
    await pool.connections.query('vacuum analyze')
    const titles = readJudged(DATA)
      .filter(({ by }) => by === 'title')
      .map(({ text }) => text)
      .slice(0, QUERIES)
    await measureArms(services, { space, repositoryIds, titles })
    await measureWeb(services, titles)
    await compareRowSecurity(services, titles)
  })
}

/**
 * Prints what row level security costs a search. Each title is asked of two web servers in turns, since the machine
 * is not equally fast all the time.
 */
async function compareRowSecurity(services: Services, titles: string[]): Promise<void> {
  const { pool } = services.database
  const within: number[] = []
  const without: number[] = []
  // A server finds out with its first read whether its readers may work as their role.
  await pool.query(`revoke select on repository from ${READER_ROLE}`)
  await withWeb(services, async (askWithout) => {
    await askWithout(titles[0] as string)
    await pool.query(`grant select on repository to ${READER_ROLE}`)
    await withWeb(services, async (askWithin) => {
      for (const title of titles.slice(0, 20)) {
        await askWithin(title)
        await askWithout(title)
      }
      for (const [turn, title] of [...titles, ...titles].entries()) {
        const both = [() => timed(within, () => askWithin(title))]
        both.push(() => timed(without, () => askWithout(title)))
        for (const one of turn % 2 ? both : both.reverse()) await one()
      }
    })
  })
  report('with row level security', within)
  report('without', without)
  console.log(`${(shareOf(within, 0.5) / shareOf(without, 0.5)).toFixed(2)} × at p50`)
}

interface Asked {
  space: Space
  repositoryIds: ReadableRepositoryId[]
  titles: string[]
}

async function measureArms(services: Services, { space, repositoryIds, titles }: Asked) {
  const { database } = services
  const common = { repositoryIds, conditions: [] }
  const provider = hashProvider()
  const reader = openReader(database)
  for (const round of ['warm', 'measured']) {
    const words: number[] = []
    const meaning: number[] = []
    for (const title of titles) {
      const lexemes = lexemesOf([title])
      const search = { ...common, lexemes, required: [] }
      await timed(words, () => reader.run((db) => rankByWords(db, search)))
      const [vector] = await provider.embed([title], signal)
      const query = { ...common, space, vector: vector as Float32Array, limit: 200 }
      await timed(meaning, () => findByVector(reader, query))
    }
    if (round === 'measured') {
      report('words alone', words)
      report('vectors alone', meaning)
    }
  }
}

async function measureWeb(services: Services, titles: string[]): Promise<void> {
  await withWeb(services, async (ask) => {
    for (const title of titles.slice(0, 20)) await ask(title)
    const one: number[] = []
    for (const title of titles) await timed(one, () => ask(title))
    report('both over HTTP, one client', one)
    const many: number[] = []
    const begun = performance.now()
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let at = client; at < 2 * titles.length; at += CLIENTS)
          await timed(many, () => ask(titles[at % titles.length] as string))
      }),
    )
    const rate = many.length / ((performance.now() - begun) / 1000)
    report(`both over HTTP, ${CLIENTS} clients (${rate.toFixed(0)} a second)`, many)
  })
}

async function withWeb(
  services: Services,
  work: (ask: (title: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const config = { ...services.config, PORT: 0, EMBEDDING_PROVIDER: 'hash' as const }
  const web = await startWeb({ ...services, config })
  async function ask(title: string): Promise<void> {
    const url = new URL('/api/v1/search', web.url)
    url.searchParams.set('q', title)
    url.searchParams.set('limit', '10')
    // With `hash`, only this mode asks both arms.
    url.searchParams.set('mode', 'semantic')
    const response = await fetch(url)
    const { mode } = (await response.json()) as { mode: string }
    if (!response.ok || mode !== 'semantic')
      throw new Error(`${response.status}, by ${mode}, for ${title}`)
  }
  try {
    await work(ask)
  } finally {
    await web.close()
  }
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work()
  times.push(performance.now() - begun)
  return result
}

function report(what: string, times: number[]): void {
  const at = (share: number) => shareOf(times, share).toFixed(0)
  console.log(`${what.padEnd(48)} p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`)
}

function shareOf(times: number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] as number
}

await main()
process.exit(0)
