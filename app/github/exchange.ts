import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitedError } from '#app/config/errors.server.ts'
import { refuseInside } from '#app/database/transaction.server.ts'
import type { Credentials } from './credentials.ts'
import { isSuspension, limitError, limitOf, type Reply, type Sorted } from './errors.ts'
import type { Caller, Governor, Resource } from './governor.ts'
import { type AnswerLimits, readLimits } from './limits.ts'

/** GitHub may not accept a token within this time after issuing it. */
const YOUNG_MS = 10_000
const YOUNG_RETRIES = 3

interface Exchanging {
  governor: Governor
  credentials: Credentials
  youngPauseMs: number
}

export type Exchange = <T>(
  caller: Caller,
  resource: Resource,
  ask: Ask<T>,
) => Promise<{ reply: Reply; value: T }>

export function openExchange({ governor, credentials, youngPauseMs }: Exchanging): Exchange {
  /** Makes one call under a slot; a token that GitHub no longer accepts is replaced once. */
  return async function exchange<T>(caller: Caller, resource: Resource, ask: Ask<T>) {
    refuseInside('GitHub')
    for (let attempt = 1, early = 0, replace = false; ; ) {
      const { value, until } = await governor.call(caller, resource, async () => {
        const answered = await askWithToken(credentials, caller, { replace, ask })
        return { limits: limitsOf(answered), value: answered }
      })
      const { reply, sorted } = value
      replace = false
      if (isTooEarly(sorted) && credentials.ageOf(caller.installationId) < YOUNG_MS) {
        if (early++ < YOUNG_RETRIES) {
          await sleep(youngPauseMs * 2 ** (early - 1), undefined, { signal: caller.signal })
          continue
        }
      }
      if (sorted.state === 'answered') return { reply, value: sorted.value }
      if (sorted.state === 'failed') throw sorted.error
      if (sorted.state === 'limited')
        throw until ? new RateLimitedError(sorted.reason, until, sorted) : limitError(sorted)
      if (attempt++ > 1) throw await credentials.explain(caller.installationId, sorted.message)
      replace = true
      early = 0
    }
  }
}

interface TokenAnswer<T> {
  reply: Reply
  sorted: Sorted<T>
}
type Ask<T> = (token: string) => Promise<TokenAnswer<T>>

const NO_REPLY: Reply = { status: 0, headers: new Headers(), text: '' }

/** Makes a call with a token. A rate limit on the request for the token counts as a limit of the call. */
async function askWithToken<T>(
  credentials: Credentials,
  { installationId }: Caller,
  { replace, ask }: { replace: boolean; ask: Ask<T> },
): Promise<TokenAnswer<T>> {
  let token: string
  try {
    token = await credentials.tokenOf(installationId, { replace })
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error
    return { reply: NO_REPLY, sorted: limitOf(error) }
  }
  return ask(token)
}

/** True for an answer that GitHub also gives to a token that its servers do not all know yet. */
function isTooEarly(sorted: Sorted<unknown>): boolean {
  if (sorted.state === 'unauthorised') return !isSuspension(sorted.message)
  return (
    sorted.state === 'failed' &&
    /resource not accessible by integration/i.test(sorted.error.message)
  )
}

function limitsOf({ reply, sorted }: TokenAnswer<unknown>): AnswerLimits {
  return sorted.state === 'limited' ? sorted.limits : readLimits(reply.headers)
}
