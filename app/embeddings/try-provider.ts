/** Tries the configured provider: whether it answers, accepts the key, has the dimensions, and how much it reads. */
import type { Config } from '#app/config/env.server.ts'
import { measureLimit } from './long-inputs.ts'
import type { EmbeddingProvider } from './providers/provider.ts'
import { resolveProvider } from './providers/resolve-provider.ts'

const DEADLINE_MS = 30_000

export interface Trial {
  /** Such as `openai: text-embedding-3-small at https://…`. */
  name: string
  /** Why it gave no vector for a short text; null if it did. */
  problem: string | null
  dimensions: number
  /** How long the vector of a short text took. */
  ms: number
  /** The longest text that it reads, in tokens; null if it takes no long one. */
  longest: number | null
  /** Why it takes no long text. */
  reason: string | null
}

/**
 * Asks for the vectors of a short text and of the longest ones that it reads.
 *
 * @returns null without a provider.
 * @throws OperatorError if the configuration is incomplete.
 */
export async function tryProvider(config: Config, signal: AbortSignal): Promise<Trial | null> {
  const provider = resolveProvider(config)
  if (!provider) return null
  const own = {
    name: nameOf(provider, config),
    dimensions: provider.dimensions,
    ...{ ms: 0, longest: null, reason: null },
  }
  const both = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
  const started = performance.now()
  const problem = await provider.embed([SHORT], both).then(() => null, messageOf)
  if (problem !== null) return { ...own, problem }
  const ms = Math.round(performance.now() - started)
  const limit = await measureLimit(provider, both).catch(messageOf)
  signal.throwIfAborted()
  return typeof limit === 'string'
    ? { ...own, problem, ms, reason: limit }
    : { ...own, problem, ms, longest: limit }
}

const SHORT = 'a short text'

function nameOf(
  { provider, model }: EmbeddingProvider,
  { EMBEDDING_PROVIDER, OPENAI_BASE_URL }: Config,
): string {
  const auto = EMBEDDING_PROVIDER === 'auto' ? ' (auto)' : ''
  const place = provider === 'openai' && OPENAI_BASE_URL ? ` at ${OPENAI_BASE_URL}` : ''
  return `${provider}${auto}: ${model}${place}`
}

function messageOf({ name, message }: Error): string {
  return name === 'TimeoutError' ? `no answer within ${DEADLINE_MS / 1000} s` : message
}
