import { expect, test } from 'vitest'
import { mrrAt10, ndcgAt10, recallAt10 } from '../../../bench/search/judge.ts'

const ten = Array.from({ length: 10 }, (_, index) => `wrong ${index}`)

test('a ranking with the relevant hits first is perfect', () => {
  expect(ndcgAt10(['a', 'b', ...ten], ['b', 'a'])).toBe(1)
  expect(mrrAt10(['a', 'b', ...ten], ['b', 'a'])).toBe(1)
  expect(recallAt10(['a', 'b', ...ten], ['b', 'a'])).toBe(1)
})

test('a relevant hit counts less the later it comes', () => {
  const ranked = ['x', 'y', 'a', ...ten]
  expect(ndcgAt10(ranked, ['a'])).toBeCloseTo(1 / Math.log2(4))
  expect(mrrAt10(ranked, ['a'])).toBeCloseTo(1 / 3)
  expect(recallAt10(ranked, ['a', 'b'])).toBe(0.5)
})

test('each relevant hit contributes by its own rank', () => {
  const best = 1 + 1 / Math.log2(3)
  expect(ndcgAt10(['a', 'x', 'b'], ['a', 'b'])).toBeCloseTo((1 + 1 / Math.log2(4)) / best)
})

test('hits after the tenth do not count', () => {
  for (const measure of [ndcgAt10, mrrAt10, recallAt10])
    expect(measure([...ten, 'a'], ['a'])).toBe(0)
})

test('an empty ranking scores zero', () => {
  for (const measure of [ndcgAt10, mrrAt10, recallAt10]) expect(measure([], ['a'])).toBe(0)
})
