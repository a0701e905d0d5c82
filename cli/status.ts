import { operatorScope } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { readBudgets } from '#app/github/budgets.ts'
import { readWorkers } from '#app/ledger/active-workers.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { checkRedis, redisOf } from '#app/queues/redis.server.ts'
import { readForecasts } from '#app/sync/status/forecast.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { addNewest } from './add-newest.ts'
import { type CommandContext, print } from './context.ts'
import { renderStatus } from './render-status.ts'
import { withDatabase } from './with-database.ts'

/** Shows the services, the workers, and every job that is open or was the last. */
export async function status(context: CommandContext, options: { json: boolean }): Promise<number> {
  return withDatabase(context, async (database) => {
    const jobs = await addNewest(database.pool, await readJobs(database.pool, operatorScope()))
    if (options.json) {
      await print(context, JSON.stringify({ jobs }, null, 2))
      return 0
    }
    const now = new Date()
    const outside = outsideHost(context.config)
    const seen = {
      database: await describeDatabase(database, context.config),
      queue: await describeQueue(context.config, context.logger),
      workers: await readWorkers(database.pool),
      jobs,
      forecasts: await readForecasts(database.pool, operatorScope(), jobs, now),
      syncStatuses: await readSyncStatuses(database.pool, operatorScope(), outside),
      budgets: await readBudgets(database.pool, operatorScope()),
      now,
    }
    await print(context, renderStatus(seen, context.config.profile))
    return 0
  })
}

export async function describeDatabase(database: Database, config: Config): Promise<string> {
  const { rows } = await database.pool.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  const version = rows[0]?.version.split(' ')[0]
  return config.profile.kind === 'embedded'
    ? `PostgreSQL ${version} embedded in ${config.DATA_DIR}`
    : `PostgreSQL ${version} at ${placeOf(config.profile.databaseUrl)}`
}

/** Returns an outage of the queue's service as a line, not an error, since it does not harm the ledger. */
async function describeQueue(config: Config, logger: Logger): Promise<string> {
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
