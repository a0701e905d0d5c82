/** The provider cannot be asked before `until`: it limits, fails, or does not answer. */
export class ProviderUnavailableError extends Error {
  override name = 'ProviderUnavailableError'
  readonly until: Date
  constructor(message: string, until: Date, options?: ErrorOptions) {
    super(message, options)
    this.until = until
  }
}

/** The provider refuses a request for what is in it. Asked in halves, the input at fault is alone. */
export class RefusedRequestError extends Error {
  override name = 'RefusedRequestError'
}

/** The answer is not one vector for each input: nothing of it is used. */
export class BrokenAnswerError extends Error {
  override name = 'BrokenAnswerError'
}
