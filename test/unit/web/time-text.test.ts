import { describe, expect, test } from 'vitest'
import {
  dayText,
  localText,
  pluralText,
  relativeText,
  utcText,
} from '#app/components/elements/time-text.ts'

const NOW = '2026-11-22T14:05:00.000Z'

describe('a time', () => {
  test('is shown in UTC, with the date unless it is today', () => {
    expect(utcText('2026-11-22T03:07:59.999Z', NOW)).toBe('03:07 UTC')
    expect(utcText('2026-02-01T23:59:00.000Z', NOW)).toBe('1 Feb 2026, 23:59 UTC')
  })

  test('is shown in the time zone of the reader', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Kolkata'
    try {
      expect(localText('2026-11-22T03:07:59.999Z', NOW)).toBe('08:37 GMT+5:30')
      expect(localText('2026-11-22T18:31:00.000Z', NOW)).toBe('23 Nov 2026, 00:01 GMT+5:30')
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  test.each([
    ['2026-11-22T14:04:58.000Z', 'now'],
    ['2026-11-22T14:04:20.000Z', '40 s ago'],
    ['2026-11-22T14:03:01.000Z', '1 min ago'],
    ['2026-11-22T12:00:00.000Z', '2 h ago'],
    ['2026-11-20T14:05:00.000Z', '2 d ago'],
    ['2026-11-22T14:29:00.000Z', 'in 24 min'],
  ])('at %s is "%s"', (moment, text) => expect(relativeText(moment, NOW)).toBe(text))
})

test('a day in the distant past is shown as a date', () => {
  expect(dayText('2026-11-20T14:05:00.000Z', NOW)).toBe('2 d ago')
  expect(dayText('2024-02-01T23:59:00.000Z', NOW)).toBe('1 Feb 2024')
})

test('a count is shown with its noun', () => {
  expect(pluralText(1, 'gap')).toBe('1 gap')
  expect(pluralText(12_345, 'work item')).toBe('12,345 work items')
  expect(pluralText(2, 'process', 'processes')).toBe('2 processes')
})
