import { verifyChain } from '#app/audit/verify-chain.ts'
import type { Profile } from '#app/config/env.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { NAME_DIRECT, POOLED, sharesSessions } from '#app/database/pooler.server.ts'
import {
  describeGaps,
  isUsable,
  READER_ROLE,
  readReaderRole,
} from '#app/database/reader-role.server.ts'
import {
  costlySettings,
  readMostConnections,
  readServerSettings,
} from '#app/database/server-settings.server.ts'
import { readInvalidSettings } from '#app/sync/settings/read-invalid.ts'
import type { Finding } from './findings.ts'

export const MIGRATE = 'Run `whence migrate`.'

/** Returns a warning for each setting of the server that costs data or speed. */
export async function examineSettings({ direct, profile }: Database): Promise<Finding[]> {
  if (profile === 'embedded') return []
  const costly = costlySettings(await readServerSettings(direct))
  if (costly.length === 0) return [{ level: 'ok', message: 'none costs data or speed' }]
  return costly.map(({ name, value, cost, hint }) => ({
    level: 'warn',
    message: `${name} is ${value}: ${cost}`,
    hint,
  }))
}

/** Returns a failure if one process may open more connections than the server accepts. */
export async function examineConnections({ pool }: Database, profile: Profile): Promise<Finding[]> {
  if (profile.kind === 'embedded') return []
  const { web, work, health } = profile.poolSizes
  const own = web + work + health
  const most = await readMostConnections(pool)
  if (own <= most) return [{ level: 'ok', message: `${own} of ${most} at most, for each process` }]
  const message = `a process opens up to ${own}, and the server accepts ${most}`
  const hint =
    'Lower DATABASE_POOL_WEB, DATABASE_POOL_WORK or DATABASE_POOL_HEALTH, or raise max_connections on the server.'
  return [{ level: 'fail', message, hint }]
}

/** Returns a warning if sessions are given away, and nothing says where the server itself is. */
export async function examinePooler({ direct, profile }: Database): Promise<Finding[]> {
  if (profile === 'embedded' || !(await sharesSessions(direct))) return []
  return [{ level: 'warn', message: POOLED, hint: NAME_DIRECT }]
}

/** Returns a warning for what row level security does not cover. */
export async function examineReaderRole({ pool }: Database): Promise<Finding[]> {
  const role = await readReaderRole(pool)
  const gaps = describeGaps(role)
  if (gaps.length > 0) return gaps.map((gap) => ({ level: 'warn', ...gap }))
  return isUsable(role)
    ? [{ level: 'ok', message: `requests read as ${READER_ROLE}, within their scope` }]
    : [{ level: 'warn', message: `${READER_ROLE} may not read the tables`, hint: MIGRATE }]
}

/** Returns a failure for each stored setting of an installation that is not valid. */
export async function examineInstallations({ pool }: Database): Promise<Finding[]> {
  const found = await readInvalidSettings(pool)
  if (found.length === 0) return [{ level: 'ok', message: 'their settings are valid' }]
  return found.flatMap(({ installation, account, invalid }) =>
    invalid.map(({ field, message, hint }) => ({
      level: 'fail' as const,
      message: `${account}: ${field}: ${message}`,
      hint: `${hint} Change it with \`whence settings --installation ${installation} --set\`.`,
    })),
  )
}

/** Returns a failure if the audit log is not as it was recorded. */
export async function examineAudit({ pool }: Database): Promise<Finding> {
  const { entries, broken } = await verifyChain(pool)
  if (!broken) return { level: 'ok', message: `${entries} entries, as they were recorded` }
  return {
    level: 'fail',
    message: broken.message,
    hint: 'Somebody changed the audit log in the database: compare it with a backup.',
  }
}
