import { chooseWeight, reciprocalRanks, WEIGHTS } from '#app/search/choose-weight.ts'
import { fuse, type Scored } from '#app/search/fuse.ts'
import { makeRandom } from '#test/github/world/random.ts'
import { type CorpusPassage, type JudgedQuery, readCorpus, readJudged } from './corpus.ts'
import { ndcgAt10 } from './judge.ts'
import { type MadeUpProvider, madeUpProviders } from './made-up-providers.ts'
import { type Arm, openLexicalArm, openVectorArm } from './memory-arms.ts'

/**
 * Whether what is fused is as good as the better arm, whatever the vectors are worth: the weight is chosen by
 * finding pull requests of the corpus by their own titles, and judged by queries that choice knows nothing of.
 *
 *   node --import tsx bench/search/fusion.ts
 */
const DATA = '../shared/data'
const SAMPLE = 200
/** What a fused order may be worse than the better arm. */
const MOST_LOSS = 0.01

interface Found {
  query: JudgedQuery
  lexical: Scored[]
  vector: Scored[]
}

async function main(): Promise<void> {
  const corpus = readCorpus(DATA)
  const queries = readJudged(DATA)
  const topics = topicsOf(queries)
  const lexical = openLexicalArm(corpus)
  const items = knownItems(corpus)
  console.log(
    '| vectors | weight | known items: words, vectors, fused | by title: words, vectors, fused | best | by body: words, vectors, fused | best |',
  )
  console.log('|---|---|---|---|---|---|---|')
  let worst = 0
  for (const provider of madeUpProviders(corpus)) {
    const arms = { lexical, vector: await vectorArm(corpus, provider, topics) }
    const choice = chooseWeight(await askKnownItems(items, arms, { provider, topics }))
    const cells: string[] = []
    for (const by of ['title', 'body'] as const) {
      const found = await askJudged(
        queries.filter((one) => one.by === by),
        arms,
        provider,
      )
      const at = (weight: number) =>
        mean(
          found.map((one) =>
            ndcgAt10(keysOf(fuse(one.lexical, one.vector, weight)), one.query.relevant),
          ),
        )
      const [words, vectors, fused] = [at(0), at(1), at(choice.weight)]
      worst = Math.max(worst, 1 - fused / Math.max(words, vectors))
      const all = WEIGHTS.map((weight) => ({ weight, score: at(weight) }))
      const best = all.reduce((a, b) => (b.score > a.score ? b : a))
      cells.push(`${told(words, vectors, fused)} | ${best.score.toFixed(3)} at ${best.weight}`)
      if (process.env.CURVE) console.log(by, all.map(({ score }) => score.toFixed(3)).join(' '))
    }
    const { measured } = choice
    console.log(
      `| ${provider.name} | ${choice.weight} | ${told(measured.lexical, measured.vector, measured.fused)} | ${cells.join(' | ')} |`,
    )
  }
  console.log(
    `\nAt most ${(100 * worst).toFixed(1)} % below the better arm (${worst <= MOST_LOSS ? 'held' : 'missed'}: ${100 * MOST_LOSS} %)`,
  )
}

/** An issue and the pull requests that close it are about the same; every other pull request about itself. */
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
  title: string
}

/** Pull requests that say something beside what their title says. */
function knownItems(corpus: CorpusPassage[]): KnownItem[] {
  const random = makeRandom('known items')
  const rich = new Set(corpus.filter((one) => !holdsTitle(one)).map((one) => one.pullRequest))
  return corpus
    .filter((one) => holdsTitle(one) && rich.has(one.pullRequest))
    .map(({ pullRequest, text }) => ({
      key: pullRequest,
      title: text.split('\n')[0] as string,
      order: random.share(),
    }))
    .sort((a, b) => a.order - b.order)
    .slice(0, SAMPLE)
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

async function askKnownItems(
  items: KnownItem[],
  arms: { lexical: Arm; vector: Arm },
  { provider, topics }: { provider: MadeUpProvider; topics: Map<string, string> },
): Promise<number[][]> {
  const vectors = await provider.embed(
    items.map(({ key, title }) => ({ text: title, topic: topics.get(key) ?? key })),
  )
  return items.map(({ key, title }, at) => {
    const asked = { text: title, vector: vectors[at] as Float32Array }
    const hidden = (one: CorpusPassage) =>
      one.pullRequest === key && (holdsTitle(one) || one.text.includes(title))
    return reciprocalRanks(arms.lexical(asked, hidden), arms.vector(asked, hidden), key)
  })
}

async function askJudged(
  queries: JudgedQuery[],
  arms: { lexical: Arm; vector: Arm },
  provider: MadeUpProvider,
): Promise<Found[]> {
  const vectors = await provider.embed(
    queries.map(({ text, relevant }) => ({ text, topic: topicOf(relevant) })),
  )
  return queries.map((query, at) => {
    const asked = { text: query.text, vector: vectors[at] as Float32Array }
    return { query, lexical: arms.lexical(asked), vector: arms.vector(asked) }
  })
}

function keysOf(scored: Scored[]): string[] {
  return scored.map(({ key }) => key)
}

function told(...values: number[]): string {
  return values.map((value) => value.toFixed(3)).join(', ')
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

await main()
