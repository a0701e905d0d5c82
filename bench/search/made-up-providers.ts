/** Providers of every quality, from random vectors to one that knows the answers. */
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { wordsOf } from '#app/search/text/words.ts'
import { makeRandom } from '#test/github/world/random.ts'
import type { CorpusPassage } from './corpus.ts'

export interface MadeUpProvider {
  name: string
  /** `topic` is the subject of the text, for a provider that knows it; issues and pull requests by name. */
  embed(texts: { text: string; topic: string }[]): Promise<Float32Array[]>
}

const DIMENSIONS = 256
const { signal } = new AbortController()

export function madeUpProviders(corpus: CorpusPassage[]): MadeUpProvider[] {
  const hash = hashProvider(DIMENSIONS)
  const known = new Map<string, Float32Array>()
  async function hashed(texts: { text: string }[]): Promise<Float32Array[]> {
    const unknown = texts.map(({ text }) => text).filter((text) => !known.has(text))
    for (const [index, vector] of (await hash.embed(unknown, signal)).entries())
      known.set(unknown[index] as string, vector)
    return texts.map(({ text }) => known.get(text) as Float32Array)
  }
  const direction = openDirections()
  return [
    { name: 'random', embed: async (texts) => texts.map(({ text }) => direction(text)) },
    { name: 'hash', embed: hashed },
    { name: 'random indexing', embed: openRandomIndexing(corpus, direction) },
    ...[0.9, 0.8, 0.75, 0.7, 0.6, 0.3, 0].map((noise) => ({
      name: `knows, noise ${noise}`,
      embed: async (texts: { text: string; topic: string }[]) => {
        const vectors = await hashed(texts)
        return texts.map(({ text, topic }, index) => {
          const sum = new Float32Array(DIMENSIONS)
          addTo(sum, vectors[index] as Float32Array, 0.5)
          addTo(sum, direction(`topic ${topic}`), 1 - noise)
          addTo(sum, direction(text), noise)
          return unit(sum)
        })
      },
    })),
  ]
}

/** Returns unit vectors by name: equal for equal names, and independent between different names. */
function openDirections(): (name: string) => Float32Array {
  const known = new Map<string, Float32Array>()
  return (name) => {
    const found = known.get(name)
    if (found) return found
    const random = makeRandom(name)
    const value = () => random.share() + random.share() + random.share() - 1.5
    const vector = unit(Float32Array.from({ length: DIMENSIONS }, value))
    known.set(name, vector)
    return vector
  }
}

/** Represents a word by the passages that it occurs in: a simple form of latent semantic analysis. */
function openRandomIndexing(
  corpus: CorpusPassage[],
  direction: (name: string) => Float32Array,
): MadeUpProvider['embed'] {
  const passages = corpus.map(({ text }) => [...new Set(wordsOf(text).map(({ lexeme }) => lexeme))])
  const counts = new Map<string, number>()
  for (const lexeme of passages.flat()) counts.set(lexeme, (counts.get(lexeme) ?? 0) + 1)
  const idf = (lexeme: string) => Math.log(corpus.length / (counts.get(lexeme) ?? corpus.length))
  const meanings = new Map<string, Float32Array>()
  for (const [index, lexemes] of passages.entries()) {
    const own = direction(`passage ${index}`)
    for (const lexeme of lexemes) {
      const meaning = meanings.get(lexeme) ?? new Float32Array(DIMENSIONS)
      meanings.set(lexeme, meaning)
      addTo(meaning, own, 1)
    }
  }
  for (const [lexeme, meaning] of meanings) meanings.set(lexeme, unit(meaning))
  return async (texts) =>
    texts.map(({ text }) => {
      const sum = new Float32Array(DIMENSIONS)
      for (const lexeme of new Set(wordsOf(text).map((word) => word.lexeme))) {
        const meaning = meanings.get(lexeme)
        if (meaning) addTo(sum, meaning, idf(lexeme))
      }
      return unit(sum)
    })
}

function addTo(sum: Float32Array, vector: Float32Array, weight: number): void {
  for (let index = 0; index < sum.length; index++)
    sum[index] = (sum[index] as number) + weight * (vector[index] as number)
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? vector.map((value) => value / length) : vector.fill(1 / Math.sqrt(DIMENSIONS))
}
