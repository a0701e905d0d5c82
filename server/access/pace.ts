/**
 * Slows down whoever asks without access. Each answer is cheap, but hundreds of connections that ask again at
 * once would keep the process so busy that nobody else gets an answer.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Request, RequestHandler } from 'express'
import { addressOf } from './address.ts'

/** Answers per second to one address, and those that need not wait. */
const PER_SECOND = 100
const BURST = 200
/** Longer waits end the connection instead. */
const LONGEST_MS = 10_000
const MOST_ADDRESSES = 10_000

/** Waits until it is the request's turn. @returns false if that would take too long. */
export type Pace = (req: Request) => Promise<boolean>

/** @param hops see `addressOf()`. */
export function openPace(hops: number): Pace {
  /** When the next answer would be due if there were no burst, by address. */
  const due = new Map<string, number>()

  function forgetIdle(now: number): void {
    for (const [address, at] of due) if (at <= now) due.delete(address)
  }

  return async (req) => {
    const now = performance.now()
    const address = addressOf(req, hops)
    const at = Math.max(due.get(address) ?? 0, now)
    const wait = at - now - (BURST * 1_000) / PER_SECOND
    if (wait > LONGEST_MS) return false
    due.set(address, at + 1_000 / PER_SECOND)
    if (due.size > MOST_ADDRESSES) forgetIdle(now)
    if (wait > 0) await sleep(wait)
    return true
  }
}

/** Lets a request on when it is its turn. */
export function paced(pace: Pace): RequestHandler {
  return async (req, _res, next) => {
    if (await pace(req)) next()
    else req.socket.destroy()
  }
}
