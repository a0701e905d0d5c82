import { openFeatureCounts } from './feature-counts.ts'
import type { EmbeddingProvider } from './provider.ts'

const DIMENSIONS = 256
// Changes whenever the vectors of a text would: another version is another space.
const MODEL = 'hash-1'
const WORD = /[\p{L}\p{N}]+/gu
// A word without any space, as of a script that has none, is told by its parts.
const MAX_WORD = 64
const PAIR = 0.5
const PART = 0.25
// Short words are the common ones; without statistics of the whole that is all there is to know.
const SHORT = 0.3

const features = openFeatureCounts()

/**
 * The built-in provider: counts words, pairs of words and parts of words into hashed features. It needs
 * no download and gives a text the same vector everywhere. What it finds alike shares words or their
 * stems: it is lexical, and knows nothing of meaning.
 */
export function hashProvider(dimensions = DIMENSIONS): EmbeddingProvider {
  return {
    provider: 'hash',
    model: MODEL,
    dimensions,
    limits: {
      // What one statement writes; the work of one turn of the event loop.
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
    const whole = hashRange(word, 0, word.length)
    if (word.length <= MAX_WORD) features.add(whole, word.length <= 3 ? SHORT : 1)
    if (before) features.add(mix(before ^ Math.imul(whole, 0x9e3779b1)), PAIR)
    if (word.length > 3)
      for (let at = 0; at + 3 <= word.length; at++) features.add(~hashRange(word, at, at + 3), PART)
    before = whole
  }
  // A text of signs alone has a vector too: cosine distance from nothing is not a number.
  if (features.size === 0) features.add(hashRange(text, 0, text.length), 1)
  return vectorOf(dimensions)
}

/** Each feature adds to one place, with a sign of its own, so that what collides cancels out. */
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

/** FNV-1a over UTF-16 units, and a final mix, since its low bits alone are poor. */
function hashRange(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return mix(hash)
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return mixed ^ (mixed >>> 13)
}
