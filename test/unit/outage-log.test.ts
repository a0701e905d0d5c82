import { expect, test } from 'vitest'
import type { Logger } from '#app/config/logger.server.ts'
import { logOutage } from '#app/config/outage-log.server.ts'

test('an outage is logged once, and its end once, however often it is noticed', () => {
  const lines: string[] = []
  const note = (level: string) => (_fields: unknown, text: string) => lines.push(`${level} ${text}`)
  const logger = { warn: note('warn'), info: note('info') } as unknown as Logger
  const outage = logOutage(logger, 'Redis', 'check that it runs')
  outage.back()
  for (let n = 0; n < 1_000; n++) outage.away(new Error('connect ECONNREFUSED'))
  for (let n = 0; n < 5; n++) outage.back()
  outage.away(new Error('connect ECONNREFUSED'))
  expect(lines).toEqual([
    'warn Redis does not answer: check that it runs',
    'info Redis answers again',
    'warn Redis does not answer: check that it runs',
  ])
})
