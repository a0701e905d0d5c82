/** Providers of every quality, from none to one that knows the answers. */
import { hashProvider } from '#app/embeddings/hash.ts'
import { wordsOf } from '#app/search/words.ts'
import { makeRandom } from '#test/github/world/random.ts'
import type { CorpusPassage } from './corpus.ts'

/** @param topics what the text is about, as a provider that knows would: pull requests and issues by name. */
export interface MadeUpProvider {
  name: string
  embed(texts: { text: string; topic: string }[]): Promise<Float32Array[]>
}

const DIMENSIONS = 256
const { signal } = new AbortController()

export function madeUpProviders(corpus: CorpusPassage[]): MadeUpProvider[] {
  const hash = hashProvider(DIMENSIONS)
  const hashed = (texts: { text: string }[]) =>
    hash.embed(
      texts.map(({ text }) => text),
      signal,
    )
  return [
    { name: 'random', embed: async (texts) => texts.map(({ text }) => direction('random', text)) },
    { name: 'hash', embed: hashed },
    { name: 'random indexing', embed: openRandomIndexing(corpus) },
    ...[0.9, 0.8, 0.6, 0.3, 0].map((noise) => ({
      name: `knows, noise ${noise}`,
      embed: async (texts: { text: string; topic: string }[]) => {
        const vectors = await hashed(texts)
        return texts.map(({ text, topic }, at) => {
          const known = direction('topic', topic)
          const wrong = direction('noise', text)
          return unit(
            (vectors[at] as Float32Array).map(
              (value, place) =>
                0.5 * value +
                (1 - noise) * (known[place] as number) +
                noise * (wrong[place] as number),
            ),
          )
        })
      },
    })),
  ]
}

/** The same for the same name: independent values, of length 1. */
function direction(...name: string[]): Float32Array {
  const random = makeRandom(...name)
  return unit(
    Float32Array.from(
      { length: DIMENSIONS },
      () => random.share() + random.share() + random.share() - 1.5,
    ),
  )
}

/** Words are known by the words they occur with: a poor man's latent semantic analysis. */
function openRandomIndexing(corpus: CorpusPassage[]): MadeUpProvider['embed'] {
  const passages = corpus.map(({ text }) => [...new Set(wordsOf(text).map(({ lexeme }) => lexeme))])
  const counts = new Map<string, number>()
  for (const lexeme of passages.flat()) counts.set(lexeme, (counts.get(lexeme) ?? 0) + 1)
  const idf = (lexeme: string) => Math.log(corpus.length / (counts.get(lexeme) ?? corpus.length))
  const meanings = new Map<string, Float32Array>()
  for (const [at, lexemes] of passages.entries()) {
    const own = direction('passage', String(at))
    for (const lexeme of lexemes) {
      const meaning = meanings.get(lexeme) ?? new Float32Array(DIMENSIONS)
      meanings.set(lexeme, meaning)
      for (const [place, value] of own.entries())
        meaning[place] = (meaning[place] as number) + value
    }
  }
  for (const [lexeme, meaning] of meanings) meanings.set(lexeme, unit(meaning))
  return async (texts) =>
    texts.map(({ text }) => {
      const sum = new Float32Array(DIMENSIONS)
      for (const lexeme of new Set(wordsOf(text).map((word) => word.lexeme))) {
        const weight = idf(lexeme)
        for (const [place, value] of (meanings.get(lexeme) ?? []).entries())
          sum[place] = (sum[place] as number) + weight * value
      }
      return unit(sum)
    })
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? vector.map((value) => value / length) : vector.fill(1 / Math.sqrt(DIMENSIONS))
}
