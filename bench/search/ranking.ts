/**
 * How good the order by words is on judged queries over real pull requests, with all candidates and with
 * as many as a search looks at.
 *
 *   npx tsx bench/search/ranking.ts
 */
import { fileURLToPath } from 'node:url'
import { type JudgedQuery, readCorpus, readJudged } from './corpus.ts'
import { mrrAt10, ndcgAt10, recallAt10 } from './judge.ts'
import { indexPassages, type MemoryIndex, searchMemory } from './memory-index.ts'

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url))

interface Judgement {
  query: JudgedQuery
  measures: number[]
}

function main(): void {
  const corpus = readCorpus(DATA)
  const index = indexPassages(corpus)
  const queries = readJudged(DATA)
  console.log(`${corpus.length} passages, ${queries.length} queries; nDCG@10, MRR@10, recall@10`)
  for (const most of [Number.POSITIVE_INFINITY, 5_000, 3_000, 1_000]) {
    const started = performance.now()
    const all = queries.map((query) => judge(index, query, most))
    const each = (performance.now() - started) / queries.length
    console.log(`candidates ≤ ${most}, ${each.toFixed(1)} ms a query`)
    for (const by of ['title', 'body'] as const) {
      const judged = all.filter(({ query }) => query.by === by)
      report(by, judged)
      for (const name of new Set(queries.map(({ repository }) => repository)))
        report(
          `${by}, ${name}`,
          judged.filter(({ query }) => query.repository === name),
        )
    }
  }
}

function judge(index: MemoryIndex, query: JudgedQuery, most: number): Judgement {
  const ranked = searchMemory(index, query.text, most).map(({ group }) => group)
  const measures = [ndcgAt10, mrrAt10, recallAt10].map((measure) => measure(ranked, query.relevant))
  return { query, measures }
}

function report(name: string, judged: Judgement[]): void {
  const means = [0, 1, 2].map(
    (at) => judged.reduce((total, one) => total + (one.measures[at] as number), 0) / judged.length,
  )
  console.log(`  ${name.padEnd(44)}${means.map((mean) => mean.toFixed(3)).join('  ')}`)
}

main()
