/**
 * A rate limit was reached; the work item waits until `until` without using an attempt. The message is in plain
 * words, and `detail` is GitHub's own answer.
 */
export class RateLimitedError extends Error {
  override name = 'RateLimitedError'
  readonly until: Date
  readonly detail: string | null
  constructor(
    message: string,
    until: Date,
    options: ErrorOptions & { detail?: string | null } = {},
  ) {
    super(message, options)
    this.until = until
    this.detail = options.detail ?? null
  }
}

/**
 * A request failed or returned nothing usable, and may succeed on a retry. `kind` is a guess at the cause:
 * `resource_limits` means that the request was too large, `timeout` and `server` may mean that, and `broken`
 * (a truncated or partial response) does not.
 */
export class RetryableError extends Error {
  override name = 'RetryableError'
  readonly kind: 'timeout' | 'server' | 'resource_limits' | 'broken'
  constructor(message: string, kind: RetryableError['kind'], options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** A retry cannot help; the work item fails immediately. */
export class FatalError extends Error {
  override name = 'FatalError'
}

/** A worker's lease expired before it could write: another worker owns the item, or its run has ended. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}

/**
 * A problem that the operator can fix, in the configuration or on the machine. Shown as one line with a hint,
 * never as a stack trace.
 */
export class OperatorError extends Error {
  override name = 'OperatorError'
  readonly hint: string
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}

/**
 * A request that cannot be fulfilled: its subject does not exist (for this viewer), it is invalid, or the
 * viewer may only read.
 */
export class RefusedError extends Error {
  override name = 'RefusedError'
  readonly kind: 'unknown' | 'invalid' | 'forbidden'
  readonly hint: string
  constructor(kind: RefusedError['kind'], message: string, hint: string) {
    super(message)
    this.kind = kind
    this.hint = hint
  }
}
