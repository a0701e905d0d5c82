import type { Config } from '#app/config/env.server.ts'
import { measureLimit } from '#app/embeddings/long-inputs.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import { resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import { PASSAGE_TOKENS } from '#app/passages/split.ts'
import { type Finding, failure } from './findings.ts'

const DEADLINE_MS = 30_000
const HINT = 'Correct OPENAI_BASE_URL, OPENAI_API_KEY and EMBEDDING_MODEL, or start the provider.'

/**
 * Asks the configured provider for the vectors of a short text and of the longest ones that it reads. Its
 * answer shows whether it is there, accepts the key, and has the configured dimensions.
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
  const limit = await measureLimit(provider, both).catch(messageOf)
  signal.throwIfAborted()
  return describeLimit(limit, `${name}: ${provider.dimensions} values in ${ms} ms`)
}

function describeLimit(limit: number | string | null, name: string): Finding {
  if (limit === null || typeof limit === 'string')
    return {
      level: 'fail',
      message: `${name}, but it takes no long text${limit === null ? '' : `: ${limit}`}`,
      hint: 'Use a model with a longer context.',
    }
  const message = `${name}, texts up to ${limit} tokens`
  if (limit >= PASSAGE_TOKENS) return { level: 'ok', message }
  return {
    level: 'warn',
    message: `${message}; it refuses or cuts longer ones, so that they are embedded in parts`,
    hint: `Use a model that reads ${PASSAGE_TOKENS} tokens for better vectors of long texts.`,
  }
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
    return messageOf(error as Error)
  }
}

function messageOf({ name, message }: Error): string {
  return name === 'TimeoutError' ? `no answer within ${DEADLINE_MS / 1000} s` : message
}
