import type { Config } from '#app/config/env.server.ts'
import { RateLimitedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { pendingMigrations } from '#app/database/migrations.server.ts'
import { countLongPassages } from '#app/embeddings/long-inputs.ts'
import { activeSpace, readBlock, type Space } from '#app/embeddings/spaces.ts'
import { checkAccess } from '#app/github/check-access.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { describeDatabase, placeOf } from '#app/health/describe-services.ts'
import { readOldestPending } from '#app/ledger/views/oldest-pending.ts'
import { PASSAGE_TOKENS } from '#app/passages/split.ts'
import { checkRedis, redisOf } from '#app/queues/redis.server.ts'
import type { CommandContext } from './context.ts'
import { examineProvider } from './examine-provider.ts'
import {
  examineAudit,
  examineConnections,
  examineInstallations,
  examinePooler,
  examineReaderRole,
  examineSettings,
  MIGRATE,
} from './examine-settings.ts'
import { examineWebhook } from './examine-webhook.ts'
import { type Finding, failure, report } from './findings.ts'
import { warnOfMissingWorkers, workCommand } from './missing-workers.ts'
import { withDatabase } from './with-database.ts'

const OLD_SECONDS = 60

/**
 * Checks everything that Whence needs, with one line and possibly a hint each. @returns 1 if a check fails.
 */
export async function doctor(context: CommandContext): Promise<number> {
  const { config } = context
  let worst = await report(context, 'environment', examineEnvironment(config))
  async function reportPart(part: string, finding: Finding): Promise<void> {
    worst = Math.max(worst, await report(context, part, finding))
  }
  await reportPart('queue', await examineQueue(context))
  const provider = await examineProvider(config, context.signal)
  await reportPart('provider', provider)
  try {
    await withDatabase(
      context,
      async (database) => {
        const migrations = await examineMigrations(database)
        await reportPart('database', {
          level: 'ok',
          message: await describeDatabase(database.pool, config),
        })
        for (const finding of await examineSettings(database)) await reportPart('settings', finding)
        for (const finding of await examineConnections(database, config.profile))
          await reportPart('connections', finding)
        for (const finding of await examinePooler(database)) await reportPart('pooler', finding)
        await reportPart('migrations', migrations)
        if (migrations.level !== 'ok') return
        for (const finding of await examineReaderRole(database))
          await reportPart('readers', finding)
        await reportPart('github', await examineGithub(context, database))
        for (const [part, finding] of await examineWebhook(context, database))
          await reportPart(part, finding)
        for (const finding of await examineInstallations(database))
          await reportPart('installations', finding)
        await reportPart('audit', await examineAudit(database))
        await reportPart('embeddings', await examineEmbeddings(database, config))
        await reportPart('workers', await examineWorkers(database, config))
        await reportPart('oldest', await examineOldest(database))
      },
      { unmigrated: true },
    )
  } catch (error) {
    await reportPart('database', failure(error))
  }
  return worst
}

function examineEnvironment({ profile, HOST, PUBLIC_URL }: Config): Finding {
  const message = `${profile.kind} profile`
  const local = ['127.0.0.1', 'localhost', '::1'].includes(HOST)
  if (local || PUBLIC_URL) return { level: 'ok', message }
  return {
    level: 'warn',
    message: `${message}; it listens on ${HOST}, but PUBLIC_URL is not set`,
    hint: 'Set PUBLIC_URL to the address at which people reach Whence.',
  }
}

async function examineQueue({ config, logger }: CommandContext): Promise<Finding> {
  const { profile } = config
  if (profile.kind === 'embedded') return { level: 'ok', message: 'in the database' }
  try {
    const warning = await checkRedis(redisOf(profile, config), logger)
    const message = `Redis at ${placeOf(profile.redisUrl)}`
    if (!warning) return { level: 'ok', message }
    return {
      level: 'warn',
      message: `${message}. ${warning}`,
      hint: 'Set its policy to noeviction.',
    }
  } catch (error) {
    return failure(error)
  }
}

async function examineGithub(
  { config, logger }: CommandContext,
  { pool }: Database,
): Promise<Finding> {
  const connection = await readConnection(pool, config)
  const { access, apiUrl: api } = connection
  if (access.kind === 'unreadable')
    return { level: 'fail', message: access.message, hint: access.hint }
  if (access.kind === 'none')
    return {
      level: 'warn',
      message: 'no credentials are configured',
      hint: 'Open /setup in a browser, or set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or GITHUB_TOKEN.',
    }
  try {
    return { level: 'ok', message: `${await checkAccess(connection, logger)} at ${api}` }
  } catch (error) {
    return {
      level: error instanceof RateLimitedError ? 'warn' : 'fail',
      message: `${api}: ${(error as Error).message}`,
      hint: 'Check the credentials, the address of the API and the network, then run it again.',
    }
  }
}

/** Checks that the configured provider matches the existing vectors. */
async function examineEmbeddings({ pool }: Database, config: Config): Promise<Finding> {
  const block = await readBlock(pool, config)
  if (block) return { level: 'fail', message: block.reason, hint: block.hint }
  const space = await activeSpace(pool)
  return { level: 'ok', message: space ? await describeSpace(pool, space) : 'none yet' }
}

async function describeSpace(
  pool: Database['pool'],
  { model, dimensions, inputTokens }: Space,
): Promise<string> {
  const name = `${model} (${dimensions} values)`
  if (inputTokens === null || inputTokens >= PASSAGE_TOKENS) return name
  const { all, long } = await countLongPassages(pool, inputTokens)
  return `${name}; it reads ${inputTokens} tokens: ${long} of ${all} passages are longer and are embedded in parts`
}

async function examineMigrations({ pool }: Database): Promise<Finding> {
  const pending = await pendingMigrations(pool)
  return pending.length === 0
    ? { level: 'ok', message: 'all applied' }
    : { level: 'fail', message: `missing: ${pending.join(', ')}`, hint: MIGRATE }
}

async function examineWorkers({ pool }: Database, { profile }: Config): Promise<Finding> {
  if (!(await warnOfMissingWorkers(pool, profile))) return { level: 'ok', message: 'running' }
  const waits = (await readOldestPending(pool)) !== null
  return {
    level: waits ? 'fail' : 'warn',
    message: waits ? 'no worker is running, and work is pending' : 'no worker is running',
    hint: `Start one with \`${workCommand(profile.kind)}\`.`,
  }
}

async function examineOldest({ pool }: Database): Promise<Finding> {
  const item = await readOldestPending(pool)
  if (!item) return { level: 'ok', message: 'nothing is pending' }
  const until = item.notBefore ? `, not before ${item.notBefore.toISOString()}` : ''
  const due = item.queued ? 'in the queue' : 'due now'
  const reason = item.reason ? `${item.reason}: ${item.message ?? ''}` : due
  return {
    level: item.age > OLD_SECONDS ? 'warn' : 'ok',
    message: `${item.name} of job ${item.runId} (${item.place}), pending for ${Math.round(item.age)} s${until}; ${reason}`,
  }
}
