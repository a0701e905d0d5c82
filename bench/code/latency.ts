/**
 * Measures the page of a search in conversations and code together, with 200,000 passages and as many chunks, from
 * one client: judged titles, then the same in code alone. All share this machine.
 *
 *   npm run bench:code-latency -- REPOSITORY    a clone; uses a new database on the server of DATABASE_URL.
 *                                               Run `npm run build` first
 */
import { argv } from 'node:process'
import { indexSpace } from '#app/embeddings/index-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { SEARCH_TYPES } from '#app/search/saved/search-address.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import type { Services } from '#server/services/services.ts'
import { startWeb } from '#server/web.ts'
import { readCorpus, readJudged } from '../search/corpus.ts'
import { makePassages } from '../search/many-passages.ts'
import { withDatabase } from '../with-database.ts'
import { cutAll } from './chunk-index.ts'
import { readFiles } from './git-files.ts'
import { makeChunks } from './many-chunks.ts'

const PASSAGES = [2_000, 18_000, 180_000]
const CHUNKS = 200_000
const DATA = '../shared/data'
const QUERIES = 200
const { signal } = new AbortController()

const [folder] = argv.slice(2)
if (!folder) throw new Error('Name the folder of a git repository')

await withDatabase(async (services) => {
  const { database, logger } = services
  const { pool } = database
  await makePassages({ pool, provider: hashProvider(), corpus: readCorpus(DATA) }, PASSAGES)
  await fillWords(pool, signal)
  await countWords(pool, 'external', signal)
  await indexSpace({ database, logger, signal })
  const chunks = await cutAll(readFiles(folder))
  const copies = Math.ceil(CHUNKS / chunks.length)
  await makeChunks(pool, chunks, copies)
  console.log(`${copies} copies of ${chunks.length} chunks`)
  const titles = readJudged(DATA)
    .filter(({ by }) => by === 'title')
    .map(({ text }) => text)
    .slice(0, QUERIES)
  await measure(services, titles)
})
process.exit()

async function measure(services: Services, titles: string[]): Promise<void> {
  const config = { ...services.config, PORT: 0, EMBEDDING_PROVIDER: 'hash' as const }
  const web = await startWeb({ ...services, config })
  // With `hash`, only this mode asks words and vectors.
  for (const round of ['warm', 'measured'])
    for (const type of SEARCH_TYPES) {
      const times: number[] = []
      for (const q of titles) {
        const begun = performance.now()
        const parameters = new URLSearchParams({ q, type, mode: 'semantic' })
        const response = await fetch(`${web.url}/search?${parameters}`)
        await response.text()
        if (!response.ok) throw new Error(`${response.status} for ${q}`)
        times.push(performance.now() - begun)
      }
      if (round === 'measured') report(type, times)
    }
  await web.close()
}

function report(what: string, times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(0)
  console.log(`${what.padEnd(16)} p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`)
}
