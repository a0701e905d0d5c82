import { Cron } from 'croner'
import { z } from 'zod'
import { OperatorError } from '#app/config/errors.server.ts'

const MINUTE_S = 60

/** An interval in seconds since the last request, a cron expression in a time zone, or off. */
export const scheduleRule = z.union([
  z.strictObject({ every: z.number().int().min(MINUTE_S) }),
  z.strictObject({ cron: z.string(), timeZone: z.string().default('UTC') }),
  z.strictObject({ off: z.literal(true) }),
])
export type ScheduleRule = z.infer<typeof scheduleRule>

/**
 * @returns the first time after `moment`, or null if the rule is off or has no further time.
 * @throws OperatorError if the expression or the time zone is invalid.
 */
export function nextAfter(rule: ScheduleRule, moment: Date): Date | null {
  if ('off' in rule) return null
  if ('every' in rule) return new Date(moment.getTime() + rule.every * 1000)
  try {
    return new Cron(rule.cron, { timezone: rule.timeZone }).nextRun(moment)
  } catch (cause) {
    throw new OperatorError(
      `The schedule "${rule.cron}" (${rule.timeZone}) is not valid: ${(cause as Error).message}`,
      'Use a cron expression with five fields and a time zone such as Europe/Berlin.',
      { cause },
    )
  }
}
