/** The limits that a GitHub answer reports; times in seconds after the answer, by GitHub's clock. */
export interface AnswerLimits {
  /** `x-ratelimit-resource`; null if it is none of the budgeted resources. */
  resource: 'graphql' | 'core' | null
  limit: number | null
  remaining: number | null
  secondsLeft: number | null
  /** A secondary limit; `seconds` is null if GitHub gives no duration. */
  pause: { seconds: number | null; reason: string; detail: string | null } | null
}

/** GitHub's reset is the start of a second, and calls within that second may still be rejected. */
const GRACE_S = 1

export function readLimits(headers: Headers): AnswerLimits {
  const resource = headers.get('x-ratelimit-resource')
  const reset = numberOf(headers, 'x-ratelimit-reset')
  const now = Date.parse(headers.get('date') ?? '') / 1000
  return {
    resource: resource === 'graphql' || resource === 'core' ? resource : null,
    limit: numberOf(headers, 'x-ratelimit-limit'),
    remaining: numberOf(headers, 'x-ratelimit-remaining'),
    secondsLeft: reset === null || Number.isNaN(now) ? null : Math.max(0, reset - now) + GRACE_S,
    pause: null,
  }
}

/** Returns `Retry-After` in seconds, or null. */
export function retryAfter(headers: Headers): number | null {
  const seconds = numberOf(headers, 'retry-after')
  return seconds === null ? null : seconds + GRACE_S
}

function numberOf(headers: Headers, name: string): number | null {
  const text = headers.get(name)
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}
