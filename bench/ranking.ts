/**
 * Measures ranking by words on judged queries over real pull requests, of working groups and of a C library: without each part of the score, with
 * fewer candidates, and against SQLite's BM25 on the same passages.
 *
 *   npm run bench:ranking
 *   npm run bench:ranking -- --shipped    without the variants
 */
import { fileURLToPath } from 'node:url'
import { FIELD_WEIGHTS, type Ranking, rankGroups } from '#app/search/text/rank.ts'
import { type CorpusName, type JudgedQuery, readCorpus, readJudged } from './search/corpus.ts'
import { mrrAt10, ndcgAt10, recallAt10 } from './search/judge.ts'
import { askMemory, indexPassages, type MemoryIndex } from './search/memory-index.ts'
import { openReference } from './search/sqlite-reference.ts'

const DATA = fileURLToPath(new URL('../../shared/data', import.meta.url))
const CANDIDATES = 3_000
const ALL = Number.POSITIVE_INFINITY
const NOTHING = { title: 0, best: 0, commit: 0, conversation: 0 }

interface Variant {
  name: string
  candidates?: number
  weights?: Partial<typeof FIELD_WEIGHTS>
}

const VARIANTS: Variant[] = [
  { name: 'as shipped' },
  { name: 'all candidates', candidates: ALL },
  { name: 'candidates ≤ 1,000', candidates: 1_000 },
  { name: 'best passage alone', weights: { ...NOTHING, best: 1 } },
  { name: 'title alone', weights: { ...NOTHING, title: 1 } },
  { name: 'commits alone', weights: { ...NOTHING, commit: 1 } },
  { name: 'whole alone', weights: { ...NOTHING, conversation: 1 } },
  { name: 'title + best passage', weights: { commit: 0, conversation: 0 } },
  { name: 'without title', weights: { title: 0 } },
  { name: 'without best passage', weights: { best: 0 } },
  { name: 'without commits', weights: { commit: 0 } },
  { name: 'without whole', weights: { conversation: 0 } },
  { name: 'title 1.5', weights: { title: 1.5 } },
  { name: 'title 3', weights: { title: 3 } },
  { name: 'commit 0.25', weights: { commit: 0.25 } },
  { name: 'commit 0.75', weights: { commit: 0.75 } },
  { name: 'whole 0.25', weights: { conversation: 0.25 } },
  { name: 'whole 0.75', weights: { conversation: 0.75 } },
]

/** Title weights for SQLite's BM25; the text has a weight of 1. */
const REFERENCES = [1, 2]

interface Judgement {
  query: JudgedQuery
  /** nDCG@10, MRR@10 and recall@10. */
  measures: number[]
}

async function measure(name: CorpusName): Promise<void> {
  const corpus = readCorpus(DATA, name)
  const queries = readJudged(DATA, name)
  const index = indexPassages(corpus)
  const repositories = [...new Set(queries.map(({ repository }) => repository))]
  console.log(`${corpus.length} passages, ${queries.length} queries, by title and by body`)
  console.log(`nDCG@10 MRR@10 recall@10 (nDCG@10 of ${repositories.join(', ')})`)
  let baseline: Judgement[] = []
  for (const titleWeight of REFERENCES) {
    const reference = await openReference(corpus, titleWeight)
    const judged = queries.map((query) => judge(query, reference.ask(query.text)))
    reference.close()
    report(`SQLite FTS5, title × ${titleWeight}`, judged, repositories)
    baseline = judged
  }
  const rankings = new Map<number, Ranking[]>()
  const variants = process.argv.includes('--shipped') ? VARIANTS.slice(0, 1) : VARIANTS
  for (const { name, candidates = CANDIDATES, weights } of variants) {
    const asked = rankings.get(candidates) ?? askAll(index, queries, candidates)
    rankings.set(candidates, asked)
    const judged = queries.map((query, at) =>
      judge(query, ranked(asked[at] as Ranking, { ...FIELD_WEIGHTS, ...weights })),
    )
    report(name, judged, repositories)
    if (name === 'as shipped') reportRatio(judged, baseline)
  }
}

/** Prints the nDCG@10 relative to that of SQLite with the title at twice the weight. */
function reportRatio(judged: Judgement[], baseline: Judgement[]): void {
  const of = (all: Judgement[], by: 'title' | 'body') =>
    Number(
      mean(
        all.filter(({ query }) => query.by === by),
        0,
      ),
    )
  const ratios = (['title', 'body'] as const).map((by) => of(judged, by) / of(baseline, by))
  console.log(
    `${'relative to SQLite'.padEnd(22)} ${ratios.map((one) => one.toFixed(3)).join('   ')}`,
  )
}

function askAll(index: MemoryIndex, queries: JudgedQuery[], candidates: number): Ranking[] {
  return queries.map(({ text }) => askMemory(index, text, candidates))
}

function ranked(ranking: Ranking, weights: typeof FIELD_WEIGHTS): string[] {
  return rankGroups(ranking, weights)
    .filter(({ score }) => score > 0)
    .map(({ group }) => group)
}

function judge(query: JudgedQuery, ranked: string[]): Judgement {
  const measures = [ndcgAt10, mrrAt10, recallAt10].map((of) => of(ranked, query.relevant))
  return { query, measures }
}

function report(name: string, judged: Judgement[], repositories: string[]): void {
  const columns = (['title', 'body'] as const).map((by) => {
    const own = judged.filter(({ query }) => query.by === by)
    const each = repositories.map((repository) =>
      mean(
        own.filter(({ query }) => query.repository === repository),
        0,
      ),
    )
    return `${[0, 1, 2].map((measure) => mean(own, measure)).join(' ')} (${each.join(' ')})`
  })
  console.log(`${name.padEnd(22)} ${columns.join('   ')}`)
}

function mean(judged: Judgement[], measure: number): string {
  const values = judged.map(({ measures }) => measures[measure] ?? 0)
  return (values.reduce((sum, value) => sum + value, 0) / judged.length).toFixed(3)
}

for (const name of ['github', 'code'] as const) await measure(name)
