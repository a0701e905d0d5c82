import { inParts } from '#app/embeddings/long-inputs.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import type { EmbeddingConfig } from '#app/embeddings/providers/resolve-provider.ts'
import { resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import type { Space } from '#app/embeddings/spaces.ts'

/** A vector and the space to compare it in, or a one-sentence reason why there is none. */
type QueryVector =
  | { vector: Float32Array; space: Space; reason: null }
  | { vector: null; space: Space | null; reason: string }

/**
 * Makes the vector of a query text, to be compared in the active space. Never throws for an error of the
 * provider.
 */
export type MakeQueryVector = (space: Space | null, text: string) => Promise<QueryVector>

interface Options {
  deadlineMs?: number
  /** Number of vectors to cache. */
  remembered?: number
}

const DEADLINE_MS = 2_000
// About 2 MB with the usual 1,536 values.
const REMEMBERED = 300

/**
 * Makes query vectors with the configured provider; one instance per process. It caches the most recent
 * vectors, and concurrent calls for the same text share one request.
 *
 * @throws OperatorError if the configuration is incomplete.
 */
export function openQueryVectors(config: EmbeddingConfig, options: Options = {}): MakeQueryVector {
  const provider = resolveProvider(config)
  const { deadlineMs = DEADLINE_MS, remembered = REMEMBERED } = options
  const known = new Map<string, Promise<Float32Array>>()

  function ask(embedding: EmbeddingProvider, text: string): Promise<Float32Array> {
    const earlier = known.get(text)
    if (earlier) known.delete(text)
    const vector = earlier ?? embedOne(embedding, text, deadlineMs)
    // Reinserting keeps the map ordered by last use.
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
      const vector = await ask(inParts(provider, space.inputTokens), text)
      return { vector, space, reason: null }
    } catch (error) {
      return {
        vector: null,
        space,
        reason: `The embedding provider failed: ${describeFailure(error)}.`,
      }
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

/** Also times out for a provider that ignores its signal. */
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

function describeFailure(error: unknown): string {
  const { name, message } = error as Error
  if (name === 'TimeoutError' || name === 'AbortError') return 'it did not answer in time'
  return message.replace(/[.\s]{1,16}$/, '')
}
