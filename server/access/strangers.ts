/**
 * Limits how often an address may present tokens, sessions and keys that are not valid: each costs a look-up in
 * the database. Whoever was let in lately is not held up, even if strangers share the address.
 */
import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { addressOf } from './address.ts'
import type { Refusal } from './refusal.ts'

const TRIES = 60
const WINDOW_SECONDS = 60
const KNOWN_MS = 15 * 60_000
const MOST_KNOWN = 1_000

export interface Strangers {
  /**
   * Looks up what a request presented.
   *
   * @param find null means that the secret is not valid.
   * @returns what was found, or the refusal of an address that has tried too often.
   */
  lookUp<T>(
    req: Request,
    secret: string,
    find: () => Promise<T | null>,
  ): Promise<T | null | Refusal>
}

/** @param hops see `addressOf()`. */
export function openStrangers(hops: number): Strangers {
  const tries = new RateLimiterMemory({ points: TRIES, duration: WINDOW_SECONDS })
  const known = new Map<string, number>()

  function remember(name: string): void {
    known.delete(name)
    known.set(name, Date.now() + KNOWN_MS)
    const [oldest] = known.keys()
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  }

  return {
    async lookUp(req, secret, find) {
      const name = createHash('sha256').update(secret).digest('base64')
      if ((known.get(name) ?? 0) > Date.now()) {
        const again = await find()
        if (again === null) known.delete(name)
        return again
      }
      const address = addressOf(req, hops)
      // Counted before the look-up, since many can be on their way at once.
      const seconds = await secondsToWait(tries, address)
      if (seconds !== null) return tooManyTries(seconds)
      const found = await find()
      if (found === null) return null
      remember(name)
      await tries.reward(address)
      return found
    },
  }
}

export function isRefusal(found: unknown): found is Refusal {
  return typeof found === 'object' && found !== null && 'status' in found
}

async function secondsToWait(tries: RateLimiterMemory, address: string): Promise<number | null> {
  try {
    await tries.consume(address)
    return null
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
  }
}

function tooManyTries(seconds: number): Refusal {
  return {
    status: 429,
    title: 'Too many requests without access from this address',
    paragraphs: [`Try again in ${seconds} s with a valid token or link.`],
    retryAfter: seconds,
  }
}
