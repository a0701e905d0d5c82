import type { Refused } from '#test/github/credentials/tokens.ts'
import type { Fault } from '#test/github/faults/fault-format.ts'
import type { Resource } from '#test/github/limits/counters.ts'
import { type Refusal, resetHeader } from '#test/github/limits/limits.ts'
import type { Identity } from '#test/github/world/access.ts'
import type { StandInState } from './state.ts'

export type Reply = {
  status: number
  headers: Record<string, string>
  text: string
  faults: Fault[]
  delaySeconds: number
  /** Must be called after the answer was sent. */
  sent: () => void
}

export function limitHeaders(
  state: StandInState,
  identity: Identity,
  resource: Resource,
): Record<string, string> {
  if (state.limiter.options.off) return { 'x-github-enterprise-version': '3.17.0' }
  const budget = state.limiter.budget(identity, resource)
  return {
    'x-ratelimit-limit': String(budget.limit),
    'x-ratelimit-remaining': String(budget.remaining),
    'x-ratelimit-used': String(budget.used),
    'x-ratelimit-reset': resetHeader(budget),
    'x-ratelimit-resource': resource,
    ...(identity.kind === 'user' ? { 'x-oauth-scopes': 'repo, read:org' } : {}),
  }
}

const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.'

export function limitedReply(
  state: StandInState,
  identity: Identity,
  resource: Resource,
  refusal: Refusal,
): Reply {
  const counters = state.tally.of(identity.key, resource)
  counters.refused += 1
  const whose = identity.installation
    ? `installation ID ${identity.installation.id}`
    : `user ID ${identity.viewer?.databaseId ?? 0}`
  const isPrimary = refusal.kind === 'primary'
  const message = isPrimary ? `API rate limit exceeded for ${whose}.` : SECONDARY
  const headers = limitHeaders(state, identity, resource)
  if (refusal.retryAfter !== null) headers['retry-after'] = String(refusal.retryAfter)
  const documentation_url =
    'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api'
  const body =
    refusal.status === 200
      ? { errors: [{ ...(isPrimary ? { type: refusal.spelling } : {}), message }] }
      : { message, documentation_url }
  const sent = () => state.limiter.reported(identity, resource)
  return { ...bareReply(refusal.status, JSON.stringify(body)), headers, sent }
}

export function refusedReply({ status, message }: Refused): Reply {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: `${status}` }
  return bareReply(status, JSON.stringify(body))
}

function bareReply(status: number, text: string): Reply {
  return { status, text, headers: {}, faults: [], delaySeconds: 0, sent: () => undefined }
}
