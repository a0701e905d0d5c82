/** The provider cannot be called before `until`: it limits requests, fails, or does not answer. */
export class ProviderUnavailableError extends Error {
  override name = 'ProviderUnavailableError'
  readonly until: Date
  constructor(message: string, until: Date, options?: ErrorOptions) {
    super(message, options)
    this.until = until
  }
}

/**
 * The provider rejects a request because of its content. Halving the request repeatedly isolates the
 * invalid input.
 */
export class RefusedRequestError extends Error {
  override name = 'RefusedRequestError'
}

/** The answer does not have exactly one vector per input; none of it is used. */
export class BrokenAnswerError extends Error {
  override name = 'BrokenAnswerError'
}
