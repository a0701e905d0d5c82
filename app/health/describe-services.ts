/** Describes the services of Whence for whoever runs it: a line each, with the place of the service. */
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { checkRedis, redisOf } from '#app/queues/redis.server.ts'

export async function describeDatabase(db: Queryable, config: Config): Promise<string> {
  const { rows } = await db.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  const version = rows[0]?.version.split(' ')[0]
  return config.profile.kind === 'embedded'
    ? `PostgreSQL ${version} embedded in ${config.DATA_DIR}`
    : `PostgreSQL ${version} at ${placeOf(config.profile.databaseUrl)}`
}

/** Returns an outage of the queue's service as a line, not an error, since it does not harm the ledger. */
export async function describeQueue(config: Config, logger: Logger): Promise<string> {
  const { profile } = config
  if (profile.kind === 'embedded') return 'in the database'
  const place = `Redis at ${placeOf(profile.redisUrl)}`
  try {
    const warning = await checkRedis(redisOf(profile, config), logger)
    return warning ? `${place}. ${warning}` : place
  } catch (error) {
    if (error instanceof OperatorError) return `${place}: ${error.message}. ${error.hint}`
    throw error
  }
}

/** Returns a URL without its user name and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname === '/' ? '' : pathname}`
}
