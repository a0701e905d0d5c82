/** A limit was reached; the work item waits until `until` without using an attempt. */
export class RateLimitedError extends Error {
  override name = 'RateLimitedError'
  readonly until: Date
  constructor(message: string, until: Date, options?: ErrorOptions) {
    super(message, options)
    this.until = until
  }
}

/**
 * What was asked for did not come, and may come when it is asked for again. `kind` tells the edge's
 * guess: `timeout` and `server` may be a matter of how much was asked for, `resource_limits` is, and
 * `broken` (a torn or partial answer) is not.
 */
export class RetryableError extends Error {
  override name = 'RetryableError'
  readonly kind: 'timeout' | 'server' | 'resource_limits' | 'broken'
  constructor(message: string, kind: RetryableError['kind'], options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** Trying again cannot help; the work item fails at once. */
export class FatalError extends Error {
  override name = 'FatalError'
}

/** A worker's lease ended before it could write: another worker owns the item, or its run is over. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}

/**
 * A mistake of the person who runs Whence, or of the machine: shown as one line and its mend, never
 * as a stack trace.
 */
export class OperatorError extends Error {
  override name = 'OperatorError'
  readonly mend: string
  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options)
    this.mend = mend
  }
}

/** What somebody asked for cannot be had: it is not there (for them), or was not asked for rightly. */
export class RefusedError extends Error {
  override name = 'RefusedError'
  readonly kind: 'unknown' | 'invalid'
  readonly mend: string
  constructor(kind: 'unknown' | 'invalid', message: string, mend: string) {
    super(message)
    this.kind = kind
    this.mend = mend
  }
}
