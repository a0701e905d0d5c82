import fc from 'fast-check'
import { expect, test } from 'vitest'
import { marksOf } from '#app/components/elements/marks-of.ts'

test('marks the matches', () => {
  const parts = marksOf('the 😀 cache', [
    [0, 3],
    [7, 12],
  ])
  expect(parts.map(({ part, isMarked }) => [part, isMarked])).toEqual([
    ['the', true],
    [' 😀 ', false],
    ['cache', true],
  ])
})

test('shows the full text whatever the ranges', () => {
  const range = fc.tuple(fc.integer({ min: -5, max: 30 }), fc.integer({ min: -5, max: 30 }))
  fc.assert(
    fc.property(fc.string(), fc.array(range), (text, ranges) => {
      const parts = marksOf(text, ranges)
      expect(parts.map(({ part }) => part).join('')).toBe(text)
      expect(new Set(parts.map(({ at }) => at)).size).toBe(parts.length)
    }),
  )
})
