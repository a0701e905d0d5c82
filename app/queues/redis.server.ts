import { Redis } from 'ioredis'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { OutageLog } from '#app/config/outage-log.server.ts'

const CHECK_MS = 10_000
const COMMAND_TIMEOUT_MS = 5_000

/**
 * Creates a connection. A producer's connection fails fast while Redis is down, since the ledger keeps what
 * could not be queued; a worker's connection waits.
 */
export function connectRedis(url: string, role: 'producer' | 'worker', outage: OutageLog): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: role === 'producer' ? 1 : null,
    enableOfflineQueue: role === 'worker',
    connectTimeout: 10_000,
    // A hung Redis, or a network that drops packets, breaks no connection. Workers must wait: they use
    // blocking commands.
    ...(role === 'producer' && { commandTimeout: COMMAND_TIMEOUT_MS }),
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  })
  redis.on('error', outage.away)
  redis.on('ready', outage.back)
  return redis
}

export interface RedisSettings {
  url: string
  /** What to do if Redis may evict queue jobs. */
  eviction: 'refuse' | 'allow'
}

/** Returns what `checkRedis` needs from the configuration. */
export function redisOf(
  { redisUrl }: { redisUrl: string },
  { REDIS_EVICTION }: Pick<Config, 'REDIS_EVICTION'>,
): RedisSettings {
  return { url: redisUrl, eviction: REDIS_EVICTION }
}

/**
 * Connects once and checks the settings that BullMQ depends on.
 *
 * @returns a warning about a setting that costs time, or null.
 * @throws OperatorError, after ten seconds at the latest, if Redis is unreachable, older than 7 or may evict
 *   keys.
 */
export async function checkRedis(
  { url, eviction }: RedisSettings,
  logger: Logger,
): Promise<string | null> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: CHECK_MS })
  const failures: Error[] = []
  redis.on('error', (error) => failures.push(error))
  // No timeout of the client covers a server that accepts the connection and then sends nothing.
  const limit = setTimeout(() => {
    failures.push(new Error(`no answer within ${CHECK_MS / 1_000} s`))
    redis.disconnect()
  }, CHECK_MS)
  try {
    await redis.connect()
    return checkRedisServer(await redis.info(), eviction, logger)
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw explain(failures[0] ?? (cause as Error))
  } finally {
    clearTimeout(limit)
    redis.disconnect()
  }
}

function explain(reason: NodeJS.ErrnoException): OperatorError {
  const detail = reason.message || reason.code || 'the connection was closed'
  if (/NOAUTH|WRONGPASS|NOPERM|ERR AUTH|invalid password/.test(detail))
    return new OperatorError(
      `Redis refuses the login: ${detail}`,
      'Correct the user and password in REDIS_URL (redis://user:password@host:6379).',
      { cause: reason },
    )
  return new OperatorError(
    `Redis does not answer: ${detail}`,
    'Check REDIS_URL (host, port, rediss:// for TLS), and that Redis 7 or newer, or Valkey, is running there.',
    { cause: reason },
  )
}

function checkRedisServer(
  info: string,
  eviction: RedisSettings['eviction'],
  logger: Logger,
): string | null {
  const facts = new Map(
    info.split('\r\n').map((line) => line.split(':', 2) as [string, string | undefined]),
  )
  const version = facts.get('valkey_version') ?? facts.get('redis_version') ?? '0'
  if (Number.parseInt(version, 10) < 7)
    throw new OperatorError(`Redis ${version} is too old`, 'Use Redis 7 or newer, or Valkey.')
  const policy = facts.get('maxmemory_policy')
  if (!policy) {
    logger.warn('Redis does not report its maxmemory-policy, which must be noeviction')
    return null
  }
  if (policy === 'noeviction') return null
  const problem = `Redis may evict queue jobs (maxmemory-policy is ${policy})`
  if (eviction === 'refuse')
    throw new OperatorError(
      problem,
      'Set maxmemory-policy to noeviction. Where that is impossible, set REDIS_EVICTION=allow: an evicted queue job costs time, but no data.',
    )
  const warning = `${problem}: an evicted queue job costs time, but no data`
  logger.warn(warning)
  return warning
}
