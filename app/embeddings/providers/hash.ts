import { openFeatureCounts } from './feature-counts.ts'
import type { EmbeddingProvider } from './provider.ts'

const DIMENSIONS = 256
// Must change whenever a text's vector would change: another version is another space.
const MODEL = 'hash-1'
const WORD = /[\p{L}\p{N}]+/gu
// A longer run without spaces, as in scripts without them, is represented by its parts alone.
const MAX_WORD = 64
const PAIR = 0.5
const TRIGRAM = 0.25
// Short words tend to be common ones; without corpus statistics, the length is the only indication.
const SHORT = 0.3

const features = openFeatureCounts()

/**
 * Creates the built-in provider, which hashes words, pairs of words and parts of words into features. It
 * needs no download and is deterministic. Texts are similar if they share words or stems: the model is
 * lexical and has no notion of meaning.
 */
export function hashProvider(dimensions = DIMENSIONS): EmbeddingProvider {
  return {
    provider: 'hash',
    model: MODEL,
    dimensions,
    outside: null,
    limits: {
      // As many as one statement writes; also bounds the work per turn of the event loop.
      inputs: 500,
      tokens: Number.POSITIVE_INFINITY,
      tokensPerInput: Number.POSITIVE_INFINITY,
    },
    async embed(texts, signal) {
      signal.throwIfAborted()
      return texts.map((text) => hashText(text, dimensions))
    },
  }
}

function hashText(text: string, dimensions: number): Float32Array {
  let before = 0
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    const wordHash = hashRange(word, 0, word.length)
    if (word.length <= MAX_WORD) features.add(wordHash, word.length <= 3 ? SHORT : 1)
    if (before) features.add(mix(before ^ Math.imul(wordHash, 0x9e3779b1)), PAIR)
    if (word.length > 3)
      for (let index = 0; index + 3 <= word.length; index++)
        features.add(~hashRange(word, index, index + 3), TRIGRAM)
    before = wordHash
  }
  // A text without words needs a vector too: the cosine distance to a zero vector is NaN.
  if (features.size === 0) features.add(hashRange(text, 0, text.length), 1)
  return vectorOf(dimensions)
}

/** Adds each feature to one dimension with a hashed sign, so that collisions tend to cancel out. */
function vectorOf(dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  let squares = 0
  features.drain((hash, count) => {
    const place = (hash >>> 1) % dimensions
    const weight = Math.log1p(count)
    vector[place] = (vector[place] as number) + (hash & 1 ? weight : -weight)
  })
  for (const value of vector) squares += value * value
  if (squares === 0) vector[0] = squares = 1
  const length = Math.sqrt(squares)
  return vector.map((value) => value / length)
}

/** FNV-1a over UTF-16 units with a final mix, since its low bits alone are poorly distributed. */
function hashRange(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let index = start; index < end; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mix(hash)
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return mixed ^ (mixed >>> 13)
}
