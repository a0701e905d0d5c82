import { describe, expect, test } from 'vitest'
import { EMPTY, parse } from '../../support/search/parsed-queries.ts'

describe('times', () => {
  test.each<[string, string | null, string | null]>([
    ['2024', '2024-01-01', '2025-01-01'],
    ['2024-05', '2024-05-01', '2024-06-01'],
    ['2024-12', '2024-12-01', '2025-01-01'],
    ['2024-02-29', '2024-02-29', '2024-03-01'],
    ['"2024-05-03"', '2024-05-03', '2024-05-04'],
    ['2024-05-03T10:30Z', '2024-05-03T10:30:00Z', '2024-05-03T10:31:00Z'],
    ['2024-05-03T10:30:05', '2024-05-03T10:30:05Z', '2024-05-03T10:30:06Z'],
    ['2024-05-03T10:30:05.5+02:00', '2024-05-03T08:30:05.5Z', '2024-05-03T08:30:05.501Z'],
    ['2024-05-03T23:30-0200', '2024-05-04T01:30:00Z', '2024-05-04T01:31:00Z'],
    ['>2024', '2025-01-01', null],
    ['>=2024', '2024-01-01', null],
    ['<2024-05', null, '2024-05-01'],
    ['<=2024-05', null, '2024-06-01'],
    ['2023..2024-05', '2023-01-01', '2024-06-01'],
    ['*..2024', null, '2025-01-01'],
    ['2024..*', '2024-01-01', null],
    ['*..*', null, null],
    ['<14d', '2026-03-17T12:00:00Z', null],
    ['<=14D', '2026-03-17T12:00:00Z', null],
    ['14d', '2026-03-17T12:00:00Z', null],
    ['>14d', null, '2026-03-17T12:00:00Z'],
    ['>=2w', null, '2026-03-17T12:00:00Z'],
    ['<36h', '2026-03-30T00:00:00Z', null],
    ['<1m', '2026-02-28T12:00:00Z', null],
    ['<2y', '2024-03-31T12:00:00Z', null],
    ['<999999y', '1970-01-01', null],
    ['7d..14d', '2026-03-17T12:00:00Z', '2026-03-24T12:00:00Z'],
    ['14d..7d', '2026-03-17T12:00:00Z', '2026-03-24T12:00:00Z'],
    ['2026..1d', '2026-01-01', '2026-03-30T12:00:00Z'],
  ])('%s', (text, from, until) => {
    const span = { from: from && new Date(from), until: until && new Date(until) }
    for (const kind of ['created', 'updated', 'merged', 'closed'] as const) {
      expect(parse(`${kind}:${text}`)).toEqual({
        ...EMPTY,
        filters: [{ kind, span, negated: false }],
      })
      expect(parse(`-${kind}:${text}`).filters).toEqual([{ kind, span, negated: true }])
    }
  })

  test.each([
    '2024-13',
    '2024-00',
    '2023-02-29',
    '2024-05-03T24:00',
    '2024-05-03T10:60',
    '2024-05-03T10:00+15:00',
    '24',
    '0099',
    'yesterday',
    '14',
    '14x',
    '<',
    '>>2024',
    '2024..',
    '..2024',
    '2024..2025..2026',
    '2025..2024',
    '*',
  ])('%s is a warning that shows the valid formats', (text) => {
    const { filters, warnings } = parse(`created:${text}`)
    expect(filters).toEqual([])
    expect(warnings).toEqual([expect.stringContaining(`\`created:${text}\` was ignored: it `)])
    expect(warnings[0]).toContain('write `2024-05-03`, `>=2024-05`, `2023..2024` or `<14d`.')
  })
})
