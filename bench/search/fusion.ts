import {
  chooseWeight,
  lengthOf,
  reciprocalRanks,
  VECTOR_WEIGHTS,
} from '#app/search/fusion/choose-weight.ts'
import { fuse } from '#app/search/fusion/fuse.ts'
import type { Scored } from '#app/search/text/ranked-hit.ts'
import { makeRandom } from '#test/github/world/random.ts'
import { type CorpusPassage, type JudgedQuery, readCorpus, readJudged } from './corpus.ts'
import { ndcgAt10 } from './judge.ts'
import { type MadeUpProvider, madeUpProviders } from './made-up-providers.ts'
import { type Arm, openLexicalArm, openVectorArm, rememberArm } from './memory-arms.ts'

/**
 * Checks that the fused ranking is as good as the better arm, whatever the quality of the vectors. The
 * weight is chosen by finding pull requests by their own titles and evaluated on judged queries that are
 * independent of that choice.
 *
 *   node --import tsx bench/search/fusion.ts
 */
const DATA = '../shared/data'
const SAMPLE = 200
const LEAST_WORDS = 3
const LONG_WORDS = 60
/** Maximum relative loss of the fused ranking against the better arm. */
const MOST_LOSS = 0.01

interface Found {
  query: JudgedQuery
  lexical: Scored[]
  vector: Scored[]
}

interface Arms {
  lexical: Arm
  vector: Arm
  provider: MadeUpProvider
  topics: Map<string, string>
}

async function main(): Promise<void> {
  const corpus = readCorpus(DATA)
  const queries = readJudged(DATA)
  const topics = topicsOf(queries)
  const lexical = rememberArm(openLexicalArm(corpus))
  const items = knownItems(corpus)
  const arms = 'words, vectors, fused'
  console.log(`| vectors | asked | weight | known items: ${arms} | judged: ${arms} | best weight |`)
  console.log('|---|---|---|---|---|---|')
  let worst = 0
  for (const provider of madeUpProviders(corpus)) {
    const vector = await vectorArm(corpus, provider, topics)
    for (const by of ['title', 'body'] as const) {
      const asked = { lexical, vector, provider, topics }
      const { loss, row } = await compare(
        asked,
        items[by],
        queries.filter((one) => one.by === by),
      )
      worst = Math.max(worst, loss)
      console.log(`| ${provider.name} | by ${by} | ${row} |`)
    }
  }
  const verdict = worst <= MOST_LOSS ? 'held' : 'missed'
  console.log(
    `\n${(100 * worst).toFixed(1)} % below the better arm at worst (1 % at most: ${verdict})`,
  )
}

async function compare(
  arms: Arms,
  items: KnownItem[],
  queries: JudgedQuery[],
): Promise<{ loss: number; row: string }> {
  const { weight, measured } = chooseWeight(await askKnownItems(items, arms))
  const found = await askJudged(queries, arms)
  const curve = VECTOR_WEIGHTS.map((each) => ({
    each,
    score: mean(
      found.map((one) => ndcgAt10(keysOf(fuse(one.lexical, one.vector, each)), one.query.relevant)),
    ),
  }))
  if (process.env.CURVE) console.log(curve.map(({ score }) => score.toFixed(3)).join(' '))
  const index = (wanted: number) => curve.find(({ each }) => each === wanted)?.score ?? 0
  const best = curve.reduce((a, b) => (b.score > a.score ? b : a))
  const cells = [
    weight,
    summary(measured.lexical, measured.vector, measured.fused),
    summary(index(0), index(1), index(weight)),
    `${summary(best.score)} at ${best.each}`,
  ]
  return { loss: 1 - index(weight) / Math.max(index(0), index(1)), row: cells.join(' | ') }
}

/**
 * Assigns topics: an issue and the pull requests that close it share one; every other pull request has its
 * own.
 */
function topicsOf(queries: JudgedQuery[]): Map<string, string> {
  return new Map(
    queries.flatMap(({ relevant }) => relevant.map((key) => [key, topicOf(relevant)] as const)),
  )
}

function topicOf(relevant: string[]): string {
  return relevant.toSorted().join(' ')
}

interface KnownItem {
  key: string
  text: string
  hidden: (passage: CorpusPassage) => boolean
}

/** Samples pull requests that have text besides their title, or besides their description. */
function knownItems(corpus: CorpusPassage[]): Record<'title' | 'body', KnownItem[]> {
  const random = makeRandom('known items')
  const others = (is: (one: CorpusPassage) => boolean) =>
    new Set(corpus.filter((one) => !is(one)).map((one) => one.pullRequest))
  const isBody = ({ kind }: CorpusPassage) => kind === 'description'
  const [saysMore, isDiscussed] = [others(holdsTitle), others(isBody)]
  const drawn = corpus
    .filter(holdsTitle)
    .map((one) => ({ one, order: random.share() }))
    .sort((a, b) => a.order - b.order)
  const title: KnownItem[] = []
  const body: KnownItem[] = []
  for (const { one } of drawn) {
    const { pullRequest: key } = one
    const [first = '', ...rest] = one.text.split('\n')
    const words = rest.join(' ').trim().split(/\s+/).slice(0, LONG_WORDS)
    const own = (other: CorpusPassage) => other.pullRequest === key
    if (saysMore.has(key) && first.split(/\s+/).length >= LEAST_WORDS)
      title.push({
        key,
        text: first,
        hidden: (other) => own(other) && (holdsTitle(other) || other.text.includes(first)),
      })
    if (isDiscussed.has(key) && lengthOf(words.join(' ')) === 'long')
      body.push({ key, text: words.join(' '), hidden: (other) => own(other) && isBody(other) })
  }
  return { title: title.slice(0, SAMPLE), body: body.slice(0, SAMPLE) }
}

function holdsTitle({ kind, part }: CorpusPassage): boolean {
  return kind === 'description' && part === 0
}

async function vectorArm(
  corpus: CorpusPassage[],
  provider: MadeUpProvider,
  topics: Map<string, string>,
): Promise<Arm> {
  const vectors = await provider.embed(
    corpus.map(({ text, pullRequest }) => ({
      text,
      topic: topics.get(pullRequest) ?? pullRequest,
    })),
  )
  return openVectorArm(corpus, vectors)
}

async function askKnownItems(items: KnownItem[], arms: Arms): Promise<number[][]> {
  const { provider, topics, lexical, vector } = arms
  const vectors = await provider.embed(
    items.map(({ key, text }) => ({ text, topic: topics.get(key) ?? key })),
  )
  return items.map(({ key, text, hidden }, index) => {
    const asked = { text, vector: vectors[index] as Float32Array }
    return reciprocalRanks(lexical(asked, hidden), vector(asked, hidden), key)
  })
}

async function askJudged(queries: JudgedQuery[], arms: Arms): Promise<Found[]> {
  const vectors = await arms.provider.embed(
    queries.map(({ text, relevant }) => ({ text, topic: topicOf(relevant) })),
  )
  return queries.map((query, index) => {
    const asked = { text: query.text, vector: vectors[index] as Float32Array }
    return { query, lexical: arms.lexical(asked), vector: arms.vector(asked) }
  })
}

function keysOf(scored: Scored[]): string[] {
  return scored.map(({ key }) => key)
}

function summary(...values: number[]): string {
  return values.map((value) => value.toFixed(3)).join(', ')
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

await main()
