import { FatalError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { fillRequests } from './fill-requests.ts'
import {
  BrokenAnswerError,
  ProviderUnavailableError,
  RefusedRequestError,
} from './providers/errors.ts'
import type { EmbeddingProvider } from './providers/provider.ts'
import { type Passage, passageVectors, type VectorStore } from './vectors.ts'

interface Embedding {
  pool: Pool
  provider: EmbeddingProvider
  spaceId: string
  /** Of passages, by default. */
  vectors?: VectorStore
  signal: AbortSignal
  /**
   * Decides whether to leave the inputs of a partly filled request for a later one. Called only if there is
   * one.
   */
  leavesRest?: (size: Size) => Promise<boolean>
}

/** The inputs to send: equal texts count once, and copied vectors do not count. */
export interface Size {
  requests: number
  inputs: number
  tokens: number
}

export interface EmbeddingResult {
  /** Reasons why the provider refuses an input permanently, by passage id. */
  refused: Map<string, string>
  /** The error that ended the work, and the ids of the passages that still have no vector. */
  stopped: { error: Error; left: Set<string> } | null
  /** The passages left for a later request, by id, with the size that each adds to it. */
  rest: Map<string, Pick<Size, 'inputs' | 'tokens'>>
}

// After this many inputs refused individually and none accepted, the inputs are not the cause.
const MAX_REFUSED = 8
// A request filled to this share is worth sending.
const FULL_BATCH = 0.97

/** A text, and all passages that have it. */
interface Input {
  text: string
  tokens: number
  passages: Passage[]
}

interface EmbedProgress {
  requests: Input[][]
  taken: number
  refused: { input: Input; error: Error }[]
}

/**
 * Computes and saves the vectors of passages in a space. Each request is committed separately, so that
 * vectors already paid for survive a later error. Idempotent: a second call does not pay again.
 *
 * @throws the signal's reason, or an error of the database.
 */
export async function embedPassages(
  embedding: Embedding,
  passages: Passage[],
): Promise<EmbeddingResult> {
  const { pool, provider, spaceId } = embedding
  // The hash provider computes a vector faster than a copy can be looked up.
  const paid = provider.provider !== 'hash'
  const copied = paid
    ? await (embedding.vectors ?? passageVectors).copy(pool, spaceId, passages)
    : new Set<string>()
  const inputs = inputsOf(passages.filter((passage) => !copied.has(passage.id)))
  const requests = fillRequests(inputs, provider.limits)
  const rest = await takeRest(embedding, requests)
  const progress: EmbedProgress = { requests, taken: 0, refused: [] }
  let error = await embedBatches(embedding, progress)
  // If every answer is broken, the provider is at fault rather than an input.
  const last = progress.refused.at(-1)
  if (!error && progress.taken === 0 && last?.error instanceof BrokenAnswerError) error = last.error
  const isTheirs = !error || progress.taken > 0
  const refused = isTheirs ? progress.refused : []
  const left = [...(isTheirs ? [] : progress.refused.map(({ input }) => input))]
  left.push(...progress.requests.flat())
  return {
    refused: new Map(refused.flatMap(reasonsOf)),
    stopped: error ? { error, left: new Set(left.flatMap(idsOf)) } : null,
    rest: new Map(rest.flatMap(restOf)),
  }
}

/** Removes the last request if it is not full and its inputs should be left for later. */
async function takeRest(embedding: Embedding, requests: Input[][]): Promise<Input[]> {
  const { provider, leavesRest } = embedding
  const last = requests.at(-1)
  if (!leavesRest || !last) return []
  const { inputs, tokens } = provider.limits
  if (Math.max(last.length / inputs, tokensOf(last) / tokens) >= FULL_BATCH) return []
  const all = requests.flat()
  const size = { requests: requests.length, inputs: all.length, tokens: tokensOf(all) }
  return (await leavesRest(size)) ? (requests.pop() as Input[]) : []
}

function tokensOf(inputs: Input[]): number {
  return inputs.reduce((sum, { tokens }) => sum + tokens, 0)
}

/** Only the first of several passages with equal text adds to the size. */
function restOf({ passages, tokens }: Input): [string, Pick<Size, 'inputs' | 'tokens'>][] {
  return passages.map(({ id }, index) => [
    id,
    index === 0 ? { inputs: 1, tokens } : { inputs: 0, tokens: 0 },
  ])
}

function inputsOf(passages: Passage[]): Input[] {
  const inputs = new Map<string, Input>()
  for (const passage of passages) {
    const key = passage.contentHash.toString('base64')
    const input = inputs.get(key)
    if (input) input.passages.push(passage)
    else inputs.set(key, { text: passage.text, tokens: passage.tokens, passages: [passage] })
  }
  return [...inputs.values()]
}

/** Sends the requests in order. @returns the error that ended the work early, or null. */
async function embedBatches(embedding: Embedding, progress: EmbedProgress): Promise<Error | null> {
  const { requests, refused } = progress
  for (let request = requests[0]; request; request = requests[0]) {
    try {
      await embedRequest(embedding, request)
      progress.taken += request.length
      requests.shift()
    } catch (error) {
      if (error instanceof ProviderUnavailableError || error instanceof FatalError) return error
      const isRefused = error instanceof RefusedRequestError || error instanceof BrokenAnswerError
      if (!isRefused) throw error
      requests.shift()
      const [input, ...more] = request as [Input, ...Input[]]
      if (more.length > 0) requests.unshift(...halvesOf(request))
      else refused.push({ input, error })
      if (progress.taken === 0 && refused.length >= MAX_REFUSED) return asOutage(error)
    }
  }
  return null
}

function asOutage(error: Error): Error {
  if (error instanceof BrokenAnswerError) return error
  return new FatalError(
    `The provider refuses every input: ${error.message}. Correct EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.`,
    { cause: error },
  )
}

async function embedRequest(embedding: Embedding, request: Input[]): Promise<void> {
  const { pool, provider, spaceId, signal } = embedding
  const texts = request.map(({ text }) => text)
  const vectors = await provider.embed(texts, signal)
  const rows = request.flatMap(({ passages }, index) =>
    passages.map((passage) => ({ passage, vector: vectors[index] as Float32Array })),
  )
  const passages = rows.map(({ passage }) => passage)
  await (embedding.vectors ?? passageVectors).save(
    pool,
    spaceId,
    passages,
    rows.map(({ vector }) => vector),
  )
}

function halvesOf<T>(list: T[]): T[][] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

function idsOf({ passages }: Input): string[] {
  return passages.map(({ id }) => id)
}

function reasonsOf({ input, error }: EmbedProgress['refused'][number]): [string, string][] {
  return idsOf(input).map((id) => [id, error.message])
}
