/** Limits what each token may ask for in a minute, counted across all web processes. */
import type { Response } from 'express'
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible'
import { logOutage } from '#app/config/outage-log.server.ts'
import { connectRedis } from '#app/queues/redis.server.ts'
import type { Services } from '../services/services.ts'

const WINDOW_SECONDS = 60

export interface RateLimit {
  /**
   * Counts the cost of a request of a token and sets the rate limit headers. A cost above the limit counts as
   * all of it.
   *
   * @returns the seconds until the next request is allowed; null if this one is.
   */
  count(tokenId: string, cost: number, res: Response): Promise<number | null>
  close(): void
}

/**
 * Opens a rate limit. On the external profile, Redis shares the counts; while it is down, each process counts
 * alone.
 */
export async function openRateLimit({
  config,
  logger,
  queues,
}: Pick<Services, 'config' | 'logger' | 'queues'>): Promise<RateLimit> {
  const budget = { points: config.API_RATE_LIMIT, duration: WINDOW_SECONDS }
  const own = new RateLimiterMemory(budget)
  if (config.profile.kind === 'embedded') return limitBy(own, budget.points, () => {})
  const outage = logOutage(
    logger,
    'Redis',
    'Redis does not answer: each web process counts the requests of tokens by itself',
  )
  const redis = connectRedis(config.profile.redisUrl, 'producer', outage)
  // If Redis is down now, the client keeps retrying.
  await redis.connect().catch(outage.away)
  const shared = new RateLimiterRedis({
    ...budget,
    storeClient: redis,
    keyPrefix: `${queues.prefix}-rate`,
    insuranceLimiter: own,
    rejectIfRedisNotReady: true,
  })
  return limitBy(shared, budget.points, () => redis.disconnect())
}

function limitBy(limiter: RateLimiterAbstract, points: number, close: () => void): RateLimit {
  return {
    async count(tokenId, cost, res) {
      const counted = Math.min(cost, points)
      const { left, seconds, isOver } = await consume(limiter, tokenId, counted)
      res.set({
        'RateLimit-Limit': String(points),
        'RateLimit-Remaining': String(left),
        'RateLimit-Reset': String(seconds),
        'RateLimit-Policy': `${points};w=${WINDOW_SECONDS}`,
      })
      return isOver ? seconds : null
    },
    close,
  }
}

async function consume(limiter: RateLimiterAbstract, tokenId: string, cost: number) {
  try {
    return { ...describeLimit(await limiter.consume(tokenId, cost)), isOver: false }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return { ...describeLimit(refused), isOver: true }
  }
}

function describeLimit({ remainingPoints, msBeforeNext }: RateLimiterRes) {
  return {
    left: Math.max(0, remainingPoints),
    seconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  }
}
