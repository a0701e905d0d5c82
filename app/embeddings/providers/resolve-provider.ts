import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { isPrivateHost } from '#app/config/private-hosts.ts'
import { hashProvider } from './hash.ts'
import { openaiProvider } from './openai.ts'
import type { EmbeddingProvider } from './provider.ts'

export type EmbeddingConfig = Pick<
  Config,
  | 'EMBEDDING_PROVIDER'
  | 'EMBEDDING_MODEL'
  | 'EMBEDDING_DIMENSIONS'
  | 'OPENAI_API_KEY'
  | 'OPENAI_BASE_URL'
>

/** Resolves `auto` to a provider. */
export function providerName(config: EmbeddingConfig): 'none' | 'hash' | 'openai' {
  if (config.EMBEDDING_PROVIDER !== 'auto') return config.EMBEDDING_PROVIDER
  return config.OPENAI_API_KEY || config.OPENAI_BASE_URL ? 'openai' : 'hash'
}

const OPENAI = 'api.openai.com'

/** Returns the host beyond the own network to which texts would be sent; null if they stay. */
export function outsideHost(config: EmbeddingConfig): string | null {
  if (providerName(config) !== 'openai') return null
  const host = config.OPENAI_BASE_URL ? new URL(config.OPENAI_BASE_URL).hostname : OPENAI
  return isPrivateHost(host) ? null : host
}

/**
 * Returns the configured provider, without a network call.
 *
 * @returns null for `none`.
 * @throws OperatorError if the configuration is incomplete.
 */
export function resolveProvider(config: EmbeddingConfig): EmbeddingProvider | null {
  switch (providerName(config)) {
    case 'none':
      return null
    case 'hash':
      return hashProvider(config.EMBEDDING_DIMENSIONS)
    case 'openai':
      return openai(config)
  }
}

const DEFAULT_MODEL = 'text-embedding-3-small'
const KNOWN_DIMENSIONS: Record<string, number> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
}

function openai(config: EmbeddingConfig): EmbeddingProvider {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl } = config
  if (!apiKey && !baseUrl)
    throw new OperatorError(
      'EMBEDDING_PROVIDER is openai, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set',
      'Set one of them, or set EMBEDDING_PROVIDER to auto.',
    )
  const model = config.EMBEDDING_MODEL ?? DEFAULT_MODEL
  const dimensions = config.EMBEDDING_DIMENSIONS ?? KNOWN_DIMENSIONS[model]
  if (!dimensions)
    throw new OperatorError(
      `The number of dimensions of the model ${model} is not known`,
      'Set EMBEDDING_DIMENSIONS to the length of its vectors.',
    )
  const requested = config.EMBEDDING_DIMENSIONS ?? null
  return openaiProvider({
    ...{ apiKey, baseUrl, model, dimensions },
    requestedDimensions: requested,
    outside: outsideHost(config),
  })
}
