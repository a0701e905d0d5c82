/** What makes vectors. Vectors of two providers, models or lengths are never compared. */
export interface EmbeddingProvider {
  provider: 'hash' | 'openai'
  model: string
  dimensions: number
  /** What one request holds at most. */
  limits: { inputs: number; tokens: number; tokensPerInput: number }
  /**
   * One vector per text, in their order, finite and of `dimensions` values.
   *
   * @throws ProviderUnavailableError (wait), RefusedRequestError or BrokenAnswerError (ask in halves),
   *   FatalError (mend the configuration), or the signal's reason.
   */
  embed(texts: string[], signal: AbortSignal): Promise<Float32Array[]>
}
