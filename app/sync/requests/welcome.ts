import type pg from 'pg'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import { requestSync } from './request-sync.ts'
import { ensureSchedules } from './schedules.ts'

/**
 * Brings the installations up to date, gives each its schedules, and starts the first sync of those that
 * never had one. Whatever it left undone the next call does.
 */
export async function welcomeInstallations(
  pool: pg.Pool,
  config: Config,
  logger: Logger,
): Promise<void> {
  await refreshInstallations(pool, config, logger)
  const { rows } = await pool.query<{ id: string; is_new: boolean }>(
    `select id, not exists (select from run where installation_id = i.id and mode <> 'targeted')
       and (kind = 'app' or jsonb_array_length(coalesce(settings -> 'repositories', '[]')) > 0) as is_new
     from installation i where active`,
  )
  for (const { id, is_new } of rows) {
    await ensureSchedules(pool, id)
    if (is_new) await requestSync(pool, id, 'schedule', { mode: 'incremental' })
  }
}
