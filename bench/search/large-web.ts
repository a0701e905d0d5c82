/** Runs the web process over a large organisation and queries it over HTTP. */
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import type { Services } from '#server/services/services.ts'
import { startWeb } from '#server/web.ts'
import { withDatabase } from '../with-database.ts'
import { type CorpusPassage, readCorpus } from './corpus.ts'
import { makePassages } from './many-passages.ts'

export const DATA = '../shared/data'
const PASSAGES = Number(process.env.PASSAGES ?? 200_000)
/** Share of the passages in each repository. */
const SHARES = [0.01, 0.09, 0.9]

interface Answered {
  status: number
  /** Time until the entire response was received, in milliseconds. */
  ms: number
  body: { hits?: { number: number | null; passages: { text: string }[] }[]; total?: object }
}

export interface LargeWeb {
  services: Services
  corpus: CorpusPassage[]
  ask(query: string): Promise<Answered>
}

/** Sets up passages, by default PASSAGES of them, with vectors of `hash`, so that the words determine the results. */
export async function withLargeWeb(
  work: (web: LargeWeb) => Promise<void>,
  passages = PASSAGES,
): Promise<void> {
  await withDatabase(async (services) => {
    const { pool } = services.database
    const { signal } = new AbortController()
    const corpus = readCorpus(DATA)
    const sizes = SHARES.map((share) => Math.round(share * passages))
    await makePassages({ pool, provider: hashProvider(), corpus }, sizes)
    await fillWords(pool, signal)
    await countWords(pool, 'external', signal)
    await pool.connections.query('vacuum analyze')
    const config = { ...services.config, PORT: 0, EMBEDDING_PROVIDER: 'hash' as const }
    const web = await startWeb({ ...services, config })
    try {
      await work({ services, corpus, ask: (query) => ask(web.url, query) })
    } finally {
      await web.close()
    }
  })
}

async function ask(base: string, query: string): Promise<Answered> {
  const url = new URL('/api/v1/search', base)
  url.searchParams.set('q', query)
  const begun = performance.now()
  const response = await fetch(url)
  const body = (await response.json()) as Answered['body']
  return { status: response.status, ms: performance.now() - begun, body }
}

/** @param share 0.5 is the median. */
export function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0
}
