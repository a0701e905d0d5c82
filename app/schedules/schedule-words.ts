/** Schedules as people write and read them: `every 15 minutes`, `0 3 * * * Europe/Berlin`, `off`. */
import { RefusedError } from '#app/config/errors.server.ts'
import type { ScheduleRule } from './schedule-rules.ts'

const UNITS = [
  { name: 'week', seconds: 604_800 },
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3_600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const
const DAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
]

/** Describes a rule: `every 15 minutes`, `every Monday at 03:00 (Europe/Berlin)`, `off`. */
export function describeSchedule(rule: ScheduleRule): string {
  if ('off' in rule) return 'off'
  if ('every' in rule) return describeInterval(rule.every)
  return `${describeCron(rule.cron)} (${rule.timeZone})`
}

function describeInterval(seconds: number): string {
  const unit = UNITS.find((one) => seconds % one.seconds === 0) ?? UNITS[4]
  const count = seconds / unit.seconds
  return count === 1 ? `every ${unit.name}` : `every ${count} ${unit.name}s`
}

function describeCron(cron: string): string {
  const fields = cron.trim().split(/\s+/)
  const [minute = '', hour = '', ...rest] = fields
  if (!/^\d+$/.test(minute) || fields.length !== 5) return `at the times of "${cron}"`
  const [day, month, weekday = ''] = rest
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (day !== '*' || month !== '*') return `at the times of "${cron}"`
  if (hour === '*' && weekday === '*') return `every hour at minute ${Number(minute)}`
  if (!/^\d+$/.test(hour)) return `at the times of "${cron}"`
  if (weekday === '*') return `every day at ${time}`
  return /^[0-7]$/.test(weekday)
    ? `every ${DAYS[Number(weekday)]} at ${time}`
    : `at the times of "${cron}"`
}

/** Returns a rule as {@link parseSchedule} reads it. */
export function writeSchedule(rule: ScheduleRule): string {
  if ('off' in rule) return 'off'
  return 'every' in rule ? describeInterval(rule.every) : `${rule.cron} ${rule.timeZone}`
}

/**
 * Parses `off`, an interval (`every 15 minutes`, `6h`), or a cron expression with an optional time zone.
 *
 * @throws RefusedError with a hint.
 */
export function parseSchedule(text: string): ScheduleRule {
  const words = text.trim().replace(/^every\s+/i, '')
  if (/^off$/i.test(words)) return { off: true }
  const [, count = '1', unit] =
    /^(?:(\d{1,6})\s*)?(s|m|h|d|w|seconds?|minutes?|hours?|days?|weeks?)$/i.exec(words) ?? []
  const known = UNITS.find(({ name }) => unit && name.startsWith(unit.toLowerCase()[0] as string))
  if (known) return { every: Number(count) * known.seconds }
  const fields = words.split(/\s+/)
  if (fields.length === 5 || fields.length === 6)
    return { cron: fields.slice(0, 5).join(' '), timeZone: fields[5] ?? 'UTC' }
  throw new RefusedError(
    'invalid',
    `"${text}" is not a schedule`,
    'Use "every 15 minutes", five cron fields with a time zone ("0 3 * * * Europe/Berlin"), or "off".',
  )
}
