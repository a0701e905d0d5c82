import type { EmbeddingProvider } from '#app/embeddings/provider.ts'
import type { EmbeddingConfig } from '#app/embeddings/resolve-provider.ts'
import { resolveProvider } from '#app/embeddings/resolve-provider.ts'
import type { Space } from '#app/embeddings/spaces.ts'

/** Either a vector and the space that it may be compared in, or one sentence that says why there is none. */
type QueryVector =
  | { vector: Float32Array; space: Space; reason: null }
  | { vector: null; space: Space | null; reason: string }

/** Makes the vector of what somebody asks, to be compared in the active space. It never throws for what a provider does. */
export type MakeQueryVector = (space: Space | null, text: string) => Promise<QueryVector>

interface Options {
  deadlineMs?: number
  /** Vectors that are remembered. */
  remembered?: number
}

const DEADLINE_MS = 2_000
// Two megabytes of the usual 1,536 values.
const REMEMBERED = 300

/**
 * Makes vectors of queries by the configured provider, one per process: it remembers the last ones, and
 * whoever asks for what is being asked already waits for the same answer.
 *
 * @throws OperatorError when the configuration lacks something.
 */
export function openQueryVectors(config: EmbeddingConfig, options: Options = {}): MakeQueryVector {
  const provider = resolveProvider(config)
  const { deadlineMs = DEADLINE_MS, remembered = REMEMBERED } = options
  const known = new Map<string, Promise<Float32Array>>()

  function ask(embedding: EmbeddingProvider, text: string): Promise<Float32Array> {
    const earlier = known.get(text)
    if (earlier) known.delete(text)
    const vector = earlier ?? embedOne(embedding, text, deadlineMs)
    // The last in the map is the last that was used.
    known.set(text, vector)
    vector.catch(() => {
      if (known.get(text) === vector) known.delete(text)
    })
    for (const oldest of known.keys()) {
      if (known.size <= remembered) break
      known.delete(oldest)
    }
    return vector
  }

  return async (space, text) => {
    const reason = whyNot(provider, space, text)
    if (reason !== null || !provider || !space) return { vector: null, space, reason: reason ?? '' }
    try {
      return { vector: await ask(provider, text), space, reason: null }
    } catch (error) {
      return { vector: null, space, reason: `The embedding provider failed: ${told(error)}.` }
    }
  }
}

function whyNot(provider: EmbeddingProvider | null, space: Space | null, text: string) {
  if (!provider) return 'No embedding provider is configured (EMBEDDING_PROVIDER is none).'
  if (!space) return 'There are no vectors yet.'
  const isSame =
    provider.provider === space.provider &&
    provider.model === space.model &&
    provider.dimensions === space.dimensions
  if (!isSame)
    return `The vectors are from ${space.model} (${space.dimensions} values), but ${provider.model} (${provider.dimensions} values) is configured.`
  return text.trim() === '' ? 'The query has no text to search for by meaning.' : null
}

/** A provider that does not listen to its signal is not waited for either. */
async function embedOne(
  provider: EmbeddingProvider,
  text: string,
  deadlineMs: number,
): Promise<Float32Array> {
  const signal = AbortSignal.timeout(deadlineMs)
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () =>
      reject(new Error(`no answer within ${deadlineMs / 1000} s`)),
    ),
  )
  const [vector] = await Promise.race([provider.embed([text], signal), late])
  if (vector?.length !== provider.dimensions) throw new Error('it returned no vector')
  return vector
}

function told(error: unknown): string {
  const { name, message } = error as Error
  if (name === 'TimeoutError' || name === 'AbortError') return 'it did not answer in time'
  return message.replace(/[.\s]+$/, '')
}
