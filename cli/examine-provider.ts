import type { Config } from '#app/config/env.server.ts'
import type { EmbeddingProvider } from '#app/embeddings/provider.ts'
import { resolveProvider } from '#app/embeddings/resolve-provider.ts'
import { PASSAGE_TOKENS } from '#app/passages/split.ts'
import { type Finding, failure } from './findings.ts'

const DEADLINE_MS = 30_000
// One token.
const WORD = 'merge '
const HINT = 'Correct OPENAI_BASE_URL, OPENAI_API_KEY and EMBEDDING_MODEL, or start the provider.'

/**
 * Asks the configured provider for the vectors of a short text and of the longest one that it will ever get.
 * Its answer shows whether it is there, accepts the key, and has the configured dimensions.
 */
export async function examineProvider(config: Config, signal: AbortSignal): Promise<Finding> {
  try {
    const provider = resolveProvider(config)
    if (!provider) return { level: 'ok', message: 'none: search goes by words alone' }
    return await askProvider(provider, config, signal)
  } catch (error) {
    return failure(error)
  }
}

async function askProvider(
  provider: EmbeddingProvider,
  { EMBEDDING_PROVIDER, OPENAI_BASE_URL }: Config,
  signal: AbortSignal,
): Promise<Finding> {
  const auto = EMBEDDING_PROVIDER === 'auto' ? ' (auto)' : ''
  const place = provider.provider === 'openai' && OPENAI_BASE_URL ? ` at ${OPENAI_BASE_URL}` : ''
  const name = `${provider.provider}${auto}: ${provider.model}${place}`
  const both = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
  const started = performance.now()
  const short = await outcomeOf(provider, 'a short text', both)
  if (short) return { level: 'fail', message: `${name}: ${short}`, hint: HINT }
  const ms = Math.round(performance.now() - started)
  const long = await outcomeOf(provider, WORD.repeat(PASSAGE_TOKENS), both)
  signal.throwIfAborted()
  if (long)
    return {
      level: 'fail',
      message: `${name}: it does not take a text of ${PASSAGE_TOKENS} tokens, the longest that it gets: ${long}`,
      hint: 'Use a model with a longer context, or let its server cut the texts.',
    }
  const message = `${name}: ${provider.dimensions} values in ${ms} ms, texts up to ${PASSAGE_TOKENS} tokens`
  return { level: 'ok', message }
}

/** Returns why the provider gave no valid vector, or null if it did. */
async function outcomeOf(
  provider: EmbeddingProvider,
  text: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await provider.embed([text], signal)
    return null
  } catch (error) {
    return (error as Error).name === 'TimeoutError'
      ? `no answer within ${DEADLINE_MS / 1000} s`
      : (error as Error).message
  }
}
