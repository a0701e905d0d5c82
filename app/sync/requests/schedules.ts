/**
 * Schedules of automatic syncs. They are rows in PostgreSQL: a schedule that came due several times while no
 * process ran is due once, and a sync in progress is joined, so syncs never pile up.
 */

import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isScheduled } from '#app/database/predicates.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { nextAfter, type ScheduleRule, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { invalidSchedule } from '#app/sync/settings/settings-shape.ts'
import { DEFAULT_RULES, MODES, type Mode } from '#app/sync/settings/sync-schedules.ts'
import { requestSync } from './request-sync.ts'

/** Creates the schedules that an installation lacks. */
export async function ensureSchedules(db: Queryable, installationId: string): Promise<void> {
  const rules = MODES.map((mode) => DEFAULT_RULES[mode])
  await db.query(
    `insert into schedule (installation_id, mode, rule, next_at)
     select $1, mode, rule, next_at from unnest($2::text[], $3::jsonb[], $4::timestamptz[])
       as s (mode, rule, next_at)
     on conflict do nothing`,
    [
      installationId,
      [...MODES],
      rules.map((rule) => JSON.stringify(rule)),
      rules.map((rule) => nextAfter(rule, new Date())),
    ],
  )
}

/** @throws OperatorError if the rule is invalid. */
export async function setSchedule(
  prisma: Pick<PrismaClient, 'schedule'>,
  installationId: string,
  mode: Mode,
  rule: ScheduleRule,
): Promise<void> {
  const key = { installationId: BigInt(installationId), mode }
  const planned = { rule, nextAt: nextAfter(rule, new Date()) }
  await prisma.schedule.upsert({
    where: { installationId_mode: key },
    create: { ...key, ...planned },
    update: planned,
  })
}

interface DueSchedule {
  installationId: string
  mode: Mode
  rule: unknown
  nextAt: Date
}

/**
 * Requests every sync that is due. The request is made before the schedule advances: if the process dies in
 * between, the schedule stays due, and the next request joins the run.
 */
export async function requestDueSyncs(pool: Pool, logger: Logger): Promise<void> {
  const { rows } = await pool.query<DueSchedule>(
    `select s.installation_id, s.mode, s.rule, s.next_at
     from schedule s join installation i on i.id = s.installation_id
     where ${isScheduled('i')} and s.next_at <= clock_timestamp() order by s.mode = 'full' desc, s.next_at limit 100`,
  )
  for (const due of rows) {
    const invalid = invalidSchedule(due)
    if (invalid) {
      await postpone(pool, due)
      const { field, message, hint } = invalid
      logger.error({ installation: due.installationId, hint }, `${field}: ${message}`)
      continue
    }
    try {
      await requestSync(pool, due.installationId, 'schedule', { mode: due.mode })
      await moveOn(pool, due)
    } catch (error) {
      logger.error(
        { err: error, installation: due.installationId },
        'a scheduled sync did not start',
      )
    }
  }
}

/** Looks at a schedule that is not valid again later, so that the others have their turn. */
async function postpone(pool: Pool, { installationId, mode }: DueSchedule): Promise<void> {
  await pool.query(
    `update schedule set next_at = clock_timestamp() + interval '5 minutes'
     where installation_id = $1 and mode = $2`,
    [installationId, mode],
  )
}

async function moveOn(pool: Pool, due: DueSchedule): Promise<void> {
  const next = nextAfter(scheduleRule.parse(due.rule), new Date())
  await pool.query(
    `update schedule set next_at = $4, last_at = clock_timestamp()
     where installation_id = $1 and mode = $2 and next_at = $3`,
    [due.installationId, due.mode, due.nextAt, next],
  )
}
