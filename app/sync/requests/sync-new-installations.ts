import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isActiveInstallation, isCopied, isSync } from '#app/database/predicates.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { requestSync } from './request-sync.ts'
import { ensureSchedules } from './schedules.ts'

/**
 * Refreshes the installations, creates missing schedules, and requests the first sync of installations that
 * never had one, once the set-up is complete; those that a person purged wait for a person. Idempotent: the next call completes what a failed one left undone.
 */
export async function syncNewInstallations(
  pool: Pool,
  config: Config,
  logger: Logger,
): Promise<void> {
  await refreshInstallations(pool, config, logger)
  if (!(await readConnection(pool, config)).isComplete) return
  const { rows } = await pool.query<{ id: string; isNew: boolean }>(
    `select id, not exists (select from run where installation_id = i.id and ${isSync('run')})
       and erased_at is null and (kind = 'app' or jsonb_array_length(coalesce(settings -> 'repositories', '[]')) > 0) as is_new
     from installation i where ${isActiveInstallation('i')} and ${isCopied('i')}`,
  )
  for (const { id, isNew } of rows) {
    await ensureSchedules(pool, id)
    if (isNew) await requestSync(pool, id, 'schedule', { mode: 'incremental' })
  }
}
