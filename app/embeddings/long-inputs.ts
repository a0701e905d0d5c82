/**
 * Embeds texts that are longer than the model's input. The limit is measured, because no API tells it: some
 * providers refuse a longer text, others cut it without notice.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import { PASSAGE_TOKENS, splitWithin } from '#app/passages/split.ts'
import { fillRequests } from './fill-requests.ts'
import { RefusedRequestError } from './providers/errors.ts'
import type { EmbeddingProvider } from './providers/provider.ts'

/** Tokens of an input that is never too long. */
const SHORT_TOKENS = 48
const SIZES = [SHORT_TOKENS, 64, 96, 128, 192, 256, 320, PASSAGE_TOKENS]
// Other texts than the sample can have more of the model's own tokens for each of ours.
const SAFE = 0.75
const SAMPLE =
  'The cache in `src/quotes/read.ts` answered `null` for 12 % of requests (see #58): `if (!row) return null`. '
const WORD = 'merge '
const ENDINGS = ['then the quokka ate it', 'but a ledger was lost']
// Rounding differs by less between two computations of the same vector.
const SAME = 1 - 1e-5

interface MeasuredSpace {
  id: string
  /** The longest input that the provider reads to its end, in tokens; null until it is measured. */
  inputTokens: number | null
}

/**
 * Returns the provider of a space for texts of any length: it embeds in parts what the model would refuse or
 * cut. The limit is measured before the first longer text is sent, and stored with the space.
 */
export function providerOfSpace(
  db: Queryable,
  provider: EmbeddingProvider,
  { id, inputTokens }: MeasuredSpace,
): EmbeddingProvider {
  if (provider.provider === 'hash') return provider
  let limit = inputTokens
  return {
    ...provider,
    async embed(texts, signal) {
      if (limit === null && texts.some(isLong)) {
        limit = await measureLimit(provider, signal)
        await db.query('update embedding_space set input_tokens = $2 where id = $1', [id, limit])
      }
      return inParts(provider, limit).embed(texts, signal)
    },
  }
}

function isLong(text: string): boolean {
  return countTokens(text) > SHORT_TOKENS
}

/** Counts all passages, and those that the model reads in parts only. */
export async function countLongPassages(
  db: Queryable,
  inputTokens: number,
): Promise<{ all: number; long: number }> {
  const { rows } = await db.query<{ all: number; long: number }>(
    `select count(*)::int as "all", (count(*) filter (where tokens > $1))::int as long from passage`,
    [inputTokens],
  )
  const [counts] = rows as [{ all: number; long: number }]
  return counts
}

interface Part {
  text: string
  tokens: number
}

/**
 * Returns a provider that embeds a text of more than `limit` tokens in parts. The vector of the text is the
 * mean of theirs, so that all of it counts.
 *
 * @param limit null if it is not known.
 */
export function inParts(provider: EmbeddingProvider, limit: number | null): EmbeddingProvider {
  if (limit === null || limit >= PASSAGE_TOKENS) return provider
  return {
    ...provider,
    async embed(texts, signal) {
      const parts = texts.map((text) => partsOf(text, limit))
      const vectors: Float32Array[] = []
      for (const request of fillRequests(parts.flat(), provider.limits)) {
        const inputs = request.map(({ text }) => text)
        vectors.push(...(await provider.embed(inputs, signal)))
      }
      return parts.map((own) => meanOf(own, vectors.splice(0, own.length)))
    },
  }
}

function partsOf(text: string, limit: number): Part[] {
  const tokens = countTokens(text)
  const parts = tokens > limit ? splitWithin(text, limit) : []
  return parts.length > 0 ? parts : [{ text, tokens }]
}

/** Returns the mean direction, weighted by tokens. */
function meanOf(parts: Part[], vectors: Float32Array[]): Float32Array {
  const [first] = vectors as [Float32Array]
  if (vectors.length === 1) return first
  const sum = new Float32Array(first.length)
  for (const [index, vector] of vectors.entries()) {
    const weight = (parts[index]?.tokens ?? 0) / lengthOf(vector)
    for (const [place, value] of vector.entries()) sum[place] = (sum[place] ?? 0) + weight * value
  }
  const length = lengthOf(sum)
  // Opposite parts cancel out.
  return length === 0 ? first : sum.map((value) => value / length)
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
}

/**
 * Measures the longest input that the provider reads to its end, in tokens: a longer one is refused, or cut
 * without notice.
 *
 * @returns at most `PASSAGE_TOKENS`, or null if even a short input is not read.
 * @throws the provider's error other than a refusal, or the signal's reason.
 */
export async function measureLimit(
  provider: EmbeddingProvider,
  signal: AbortSignal,
): Promise<number | null> {
  if (await readsToEnd(provider, PASSAGE_TOKENS, signal)) return PASSAGE_TOKENS
  let read = -1
  let unread = SIZES.length - 1
  while (unread - read > 1) {
    const middle = Math.floor((read + unread) / 2)
    if (await readsToEnd(provider, SIZES[middle] as number, signal)) read = middle
    else unread = middle
  }
  const size = SIZES[read]
  return size === undefined ? null : Math.floor(size * SAFE)
}

/** An input is cut if another ending does not change its vector. */
async function readsToEnd(
  provider: EmbeddingProvider,
  tokens: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const vectors: Float32Array[] = []
    // One request each: some servers take a single input.
    for (const ending of ENDINGS)
      vectors.push(...(await provider.embed([textOf(tokens, ending)], signal)))
    const [one, other] = vectors as [Float32Array, Float32Array]
    return cosine(one, other) < SAME
  } catch (error) {
    if (error instanceof RefusedRequestError) return false
    throw error
  }
}

function textOf(tokens: number, ending: string): string {
  const samples = Math.floor((tokens - countTokens(ending)) / countTokens(SAMPLE))
  const text = SAMPLE.repeat(Math.max(0, samples))
  const words = Math.max(0, tokens - countTokens(text + ending))
  return text + WORD.repeat(words) + ending
}

function cosine(one: Float32Array, other: Float32Array): number {
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
}

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
}
