import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'
import { findInvalid, type InvalidSetting, type StoredSchedule } from './settings-shape.ts'

export interface InvalidSettings {
  installation: string
  account: string
  invalid: InvalidSetting[]
}

/** Returns the active installations whose stored settings or schedules are not valid. */
export async function readInvalidSettings(db: Queryable): Promise<InvalidSettings[]> {
  const { rows } = await db.query<{
    id: string
    account: string
    settings: unknown
    schedules: StoredSchedule[] | null
  }>(
    `select i.id, i.account, i.settings,
       (select json_agg(json_build_object('mode', s.mode, 'rule', s.rule) order by s.mode)
        from schedule s where s.installation_id = i.id) as schedules
     from installation i where ${isActiveInstallation('i')} order by i.account, i.id`,
  )
  return rows.flatMap(({ id, account, settings, schedules }) => {
    const invalid = findInvalid(settings, schedules ?? [])
    return invalid.length > 0 ? [{ installation: id, account, invalid }] : []
  })
}

/** Logs each invalid setting; what it does not concern goes on. */
export async function warnOfInvalidSettings(db: Queryable, logger: Logger): Promise<void> {
  for (const { installation, account, invalid } of await readInvalidSettings(db))
    for (const { field, message, hint } of invalid)
      logger.error({ installation, account, hint }, `${field}: ${message}`)
}
