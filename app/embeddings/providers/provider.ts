/** A source of vectors. Vectors of different providers, models or lengths are never compared. */
export interface EmbeddingProvider {
  provider: 'hash' | 'openai'
  model: string
  dimensions: number
  /** The host beyond the own network to which texts are sent; null if they stay. */
  outside: string | null
  /** Limits of one request. */
  limits: { inputs: number; tokens: number; tokensPerInput: number }
  /**
   * Returns one vector per text, in order, each finite and with `dimensions` values.
   *
   * @throws ProviderUnavailableError (wait), RefusedRequestError or BrokenAnswerError (halve the request),
   *   FatalError (correct the configuration), or the signal's reason.
   */
  embed(texts: string[], signal: AbortSignal): Promise<Float32Array[]>
}
