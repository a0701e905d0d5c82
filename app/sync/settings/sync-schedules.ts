import type { ScheduleRule } from '#app/schedules/schedule-rules.ts'

/** The modes of sync that have a schedule. */
export const MODES = ['incremental', 'full'] as const
export type Mode = (typeof MODES)[number]

export const DEFAULT_RULES: Record<Mode, ScheduleRule> = {
  incremental: { every: 900 },
  full: { every: 7 * 24 * 3600 },
}
