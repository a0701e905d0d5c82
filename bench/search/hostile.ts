import { readJudged } from './corpus.ts'
import { DATA, type LargeWeb, quantile, withLargeWeb } from './large-web.ts'

/**
 * Measures the cost of hostile queries: the time of each, and the median time of ordinary queries by one
 * client alone, alongside a second client with ordinary queries, and alongside one with hostile queries.
 * All share this machine and 200,000 passages.
 *
 *   npm run bench:hostile     uses a new database on the server of DATABASE_URL; run `npm run build` first
 */
const QUERIES = Number(process.env.QUERIES ?? 200)
const ROUNDS = Number(process.env.ROUNDS ?? 3)

async function main(): Promise<void> {
  await withLargeWeb(async (web) => {
    const titles = readJudged(DATA)
      .filter(({ by }) => by === 'title')
      .map(({ text }) => text)
      .slice(0, QUERIES)
    const hostile = hostileQueries(web)
    await askAll(web, titles)
    await measureEach(web, hostile)
    for (let round = 1; round <= ROUNDS; round++) {
      const alone = await askAll(web, titles)
      const ordinary = await beside(web, titles.toReversed(), () => askAll(web, titles))
      const attacked = await beside(web, Object.values(hostile), () => askAll(web, titles))
      const [p50, ...others] = [alone, ordinary, attacked].map((times) => quantile(times, 0.5))
      const shares = others.map(
        (ms) => `${ms.toFixed(0)} ms (${(ms / (p50 as number)).toFixed(2)})`,
      )
      console.log(
        `round ${round}: p50 alone ${p50?.toFixed(0)} ms, ` +
          `beside ordinary ones ${shares[0]}, beside hostile ones ${shares[1]}`,
      )
    }
  })
}

/** 50 KB for long queries: about the maximum size of a header, percent-encoded. */
const LONG = 50_000

function hostileQueries({ corpus }: LargeWeb): Record<string, string> {
  const text = corpus.map((one) => one.text).join(' ')
  const words = [...new Set(text.toLowerCase().match(/[a-z]{4,}/g))]
  const frequent = frequentOf(text)
  return {
    '50 KB of prose': text.slice(0, LONG),
    'thousands of terms': words.slice(0, 5_000).join(' ').slice(0, LONG),
    'the most frequent words': frequent.slice(0, 32).join(' '),
    'one frequent word': frequent[0] ?? '',
    'frequent words required': frequent
      .slice(0, 32)
      .map((word) => `"${word}"`)
      .join(' '),
    'frequent words excluded': frequent
      .slice(0, 32)
      .map((word) => `-${word}`)
      .join(' '),
    alternatives: frequent.slice(0, 32).join(' OR '),
    'long phrase': `"${text.slice(0, 900)}"`,
    'open quotes': '"message '.repeat(LONG / 9),
    parentheses: '('.repeat(LONG),
    'one sign': 'a'.repeat(LONG),
    'stop words': 'the of and to '.repeat(LONG / 14),
    'metacharacters of tsquery': `${"message & ! | <-> :* ' \\ ".repeat(200)}`,
    NUL: 'message\0 \0key\0 '.repeat(100),
    'right to left': 'שלום עולם مرحبا \u202e message '.repeat(100),
    emoji: '👩‍💻🐈 '.repeat(2_000),
    'wildcards in conditions': 'repo:*/*e*e*e*e*e* head:*a*a*a*a*a*b base:*i*n* message',
    'globs of paths': 'path:**/*/**/*/**/*.{a,b} path:*a*a*a*a*a*a*b message',
    'all of them by comments': 'sort:comments created:>1999',
    'what nobody says': 'in:commits -in:comments -commenter:nobody -label:x no:label',
    'like one': `similar:bench/repository-2#1 ${frequent.slice(0, 31).join(' ')}`,
  }
}

function frequentOf(text: string): string[] {
  const counts = new Map<string, number>()
  for (const word of text.toLowerCase().match(/[a-z]{4,}/g) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1)
  const stop = new Set(['that', 'this', 'with', 'should', 'from', 'have', 'would', 'they', 'which'])
  return [...counts]
    .filter(([word]) => !stop.has(word))
    .sort(([, a], [, b]) => b - a)
    .map(([word]) => word)
}

async function measureEach({ ask }: LargeWeb, hostile: Record<string, string>): Promise<void> {
  for (const [name, query] of Object.entries(hostile)) {
    const first = await ask(query)
    const again = await ask(query)
    const words = `${first.ms.toFixed(0).padStart(6)} ms, again ${again.ms.toFixed(0)} ms`
    console.log(
      `${name.padEnd(28)} ${first.status} ${words}, total ${JSON.stringify(first.body.total)}`,
    )
    if (first.status >= 500 || again.status >= 500) throw new Error(`${name} was too much`)
  }
}

async function askAll({ ask }: LargeWeb, queries: string[]): Promise<number[]> {
  const times: number[] = []
  for (const query of queries) {
    const { status, ms } = await ask(query)
    if (status !== 200) throw new Error(`${status} for ${query}`)
    times.push(ms)
  }
  return times
}

/** Does the work while another client sends these queries one after the other in a loop. */
async function beside<T>(web: LargeWeb, queries: string[], work: () => Promise<T>): Promise<T> {
  let isOver = false
  async function disturb(): Promise<void> {
    for (let index = 0; !isOver; index++) await web.ask(queries[index % queries.length] as string)
  }
  const disturbing = disturb()
  try {
    return await work()
  } finally {
    isOver = true
    await disturbing
  }
}

await main()
process.exit(0)
