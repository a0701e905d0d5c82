/** How often a program may ask: each token so many times a minute, counted over all web processes. */
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
   * Counts a request of a token, and tells by headers what is left.
   *
   * @returns the seconds until the token may ask again; null when it may now.
   */
  count(tokenId: string, res: Response): Promise<number | null>
  close(): void
}

/** Shared through Redis on the external profile; while Redis is away each process counts for itself. */
export async function openRateLimit({
  config,
  logger,
}: Pick<Services, 'config' | 'logger'>): Promise<RateLimit> {
  const budget = { points: config.API_RATE_LIMIT, duration: WINDOW_SECONDS }
  const own = new RateLimiterMemory(budget)
  if (config.profile.kind === 'embedded') return limitBy(own, budget.points, () => {})
  const outage = logOutage(
    logger,
    'Redis',
    'Redis does not answer: each web process counts the requests of tokens by itself',
  )
  const redis = connectRedis(config.profile.redisUrl, 'producer', outage)
  // One that is away now is tried again and again.
  await redis.connect().catch(outage.away)
  const shared = new RateLimiterRedis({
    ...budget,
    storeClient: redis,
    // Keeps two databases that share one Redis apart, without asking one that may be away.
    keyPrefix: `whence${new URL(config.profile.databaseUrl).pathname}-rate`,
    insuranceLimiter: own,
    rejectIfRedisNotReady: true,
  })
  return limitBy(shared, budget.points, () => redis.disconnect())
}

function limitBy(limiter: RateLimiterAbstract, points: number, close: () => void): RateLimit {
  return {
    async count(tokenId, res) {
      const { left, seconds, isOver } = await consume(limiter, tokenId)
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

async function consume(limiter: RateLimiterAbstract, tokenId: string) {
  try {
    return { ...describe(await limiter.consume(tokenId)), isOver: false }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return { ...describe(refused), isOver: true }
  }
}

function describe({ remainingPoints, msBeforeNext }: RateLimiterRes) {
  return {
    left: Math.max(0, remainingPoints),
    seconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  }
}
