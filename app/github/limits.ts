/** What an answer of GitHub says of its limits; times in seconds from the answer, by GitHub's clock. */
export interface Limits {
  /** `x-ratelimit-resource`, where it is one that is budgeted. */
  resource: 'graphql' | 'core' | null
  limit: number | null
  remaining: number | null
  secondsLeft: number | null
  /** A secondary limit; `seconds` where GitHub says how long. */
  pause: { seconds: number | null; reason: string } | null
}

/** GitHub's reset is the start of a second: a call in that very second may still be refused. */
const GRACE_S = 1

export function readLimits(headers: Headers): Limits {
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

/** `Retry-After` in seconds, or null. */
export function retryAfter(headers: Headers): number | null {
  const seconds = numberOf(headers, 'retry-after')
  return seconds === null ? null : seconds + GRACE_S
}

function numberOf(headers: Headers, name: string): number | null {
  const text = headers.get(name)
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}
