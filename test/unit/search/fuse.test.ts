import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import {
  chooseWeight,
  lengthOf,
  reciprocalRanks,
  VECTOR_WEIGHTS,
} from '#app/search/fusion/choose-weight.ts'
import { fuse, groupPassages } from '#app/search/fusion/fuse.ts'
import { fuseHits } from '#app/search/fusion/fuse-hits.ts'
import type { Scored } from '#app/search/text/ranked-hit.ts'

const scored = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 30 })
  .chain((keys) =>
    fc
      .array(fc.double({ min: -1, max: 40, noNaN: true }), {
        minLength: keys.length,
        maxLength: keys.length,
      })
      // -0 becomes 0: the scores are equal, but `toEqual` distinguishes them.
      .map((scores) =>
        keys.map((key, index): Scored => ({ key, score: (scores[index] as number) + 0 })),
      ),
  )

function keysOf(list: Scored[]): string[] {
  return list.map(({ key }) => key)
}

describe('a fused ranking', () => {
  test('contains every item of either arm once, by descending score', () => {
    fc.assert(
      fc.property(scored, scored, fc.constantFrom(...VECTOR_WEIGHTS), (lexical, vector, weight) => {
        const fused = fuse(lexical, vector, weight)
        const all = new Set([...keysOf(lexical), ...keysOf(vector)])
        expect(fused).toHaveLength(all.size)
        expect(new Set(keysOf(fused))).toEqual(all)
        for (const [index, { score }] of fused.entries())
          expect(score).toBeLessThanOrEqual(fused[index - 1]?.score ?? Number.POSITIVE_INFINITY)
      }),
    )
  })

  test('starts with the order of the arm that has all the weight', () => {
    fc.assert(
      fc.property(scored, scored, (lexical, vector) => {
        for (const [weight, arm] of [
          [0, lexical],
          [1, vector],
        ] as const) {
          const scores = new Map(arm.map(({ key, score }) => [key, score]))
          const first = fuse(lexical, vector, weight).slice(0, arm.length)
          const got = first.map(({ key }) => scores.get(key))
          expect(got).toEqual(arm.map(({ score }) => score).sort((a, b) => b - a))
        }
      }),
    )
  })

  test('does not change if an arm scores on another scale', () => {
    const lexical = ['a', 'b', 'c', 'd'].map((key, index) => ({ key, score: 9 - 2 * index }))
    const vector = ['d', 'c', 'e', 'a'].map((key, index) => ({ key, score: 0.9 - 0.1 * index }))
    const scaled = lexical.map(({ key, score }) => ({ key, score: 1_000 * score }))
    expect(keysOf(fuse(scaled, vector, 0.5))).toEqual(keysOf(fuse(lexical, vector, 0.5)))
  })

  test('prefers items that both arms find', () => {
    const lexical = [
      { key: 'words', score: 10 },
      { key: 'both', score: 9 },
    ]
    const vector = [
      { key: 'meaning', score: 0.8 },
      { key: 'both', score: 0.7 },
    ]
    expect(keysOf(fuse(lexical, vector, 0.5))[0]).toBe('both')
  })

  test('omits scores that are not numbers', () => {
    expect(fuse([{ key: 'a', score: Number.NaN }], [{ key: 'b', score: 1 }], 0.5)).toEqual([
      { key: 'b', score: 0.5 },
    ])
  })
})

test('a pull request scores by its best passage, and a little by the next two', () => {
  const grouped = groupPassages([
    { key: 'said once', similarity: 0.8 },
    { key: 'said thrice', similarity: 0.8 },
    { key: 'said thrice', similarity: 0.7 },
    { key: 'said thrice', similarity: 0.6 },
    { key: 'far', similarity: 0.2 },
  ])
  expect(keysOf(grouped)).toEqual(['said thrice', 'said once', 'far'])
  expect(groupPassages([])).toEqual([])
})

describe('the weight', () => {
  const other: Scored = { key: 'other', score: 2 }
  const found: Scored = { key: 'wanted', score: 3 }
  const missed: Scored = { key: 'wanted', score: 0.1 }

  function choose(count: number, arms: (index: number) => [words: boolean, vectors: boolean]) {
    const ranks = Array.from({ length: count }, (_, index) => {
      const [words, vectors] = arms(index)
      return reciprocalRanks(
        [other, words ? found : missed],
        [other, vectors ? found : missed],
        'wanted',
      )
    })
    return chooseWeight(ranks)
  }

  test('is that of the lexical arm if the vectors find nothing', () => {
    expect(choose(100, () => [true, false])).toMatchObject({
      weight: 0,
      measured: { lexical: 1, fused: 1 },
      sample: 100,
    })
  })

  test('is that of the lexical arm if neither is significantly better', () => {
    expect(choose(100, (index) => [index % 2 === 0, index % 2 === 0]).weight).toBe(0)
    expect(choose(100, (index) => [index % 50 > 1, index % 50 > 0]).weight).toBe(0)
  })

  test('is that of the lexical arm if the sample is too small', () => {
    expect(choose(20, () => [false, true]).weight).toBe(0)
    expect(chooseWeight([])).toEqual({
      weight: 0,
      measured: { lexical: 0, vector: 0, fused: 0 },
      sample: 0,
    })
  })

  test('favours the vectors if they find what words do not', () => {
    const { weight, measured } = choose(100, () => [false, true])
    expect(weight).toBeGreaterThan(0.5)
    expect(measured.fused).toBe(1)
  })
})

test('a question is short like a title, or long like a description', () => {
  expect(lengthOf('Refuse tokens that have expired')).toBe('short')
  expect(lengthOf(' ')).toBe('short')
  expect(lengthOf('word '.repeat(40))).toBe('long')
})

describe('hits of both arms', () => {
  const hit = (key: string) => ({
    key,
    pullRequestId: null,
    repositoryId: '1' as ReadableRepositoryId,
    score: 1,
    passageIds: [],
  })
  const near = (key: string, similarity: number) => ({ ...hit(key), similarity })

  test('that only vectors found must be nearer than made-up words come', () => {
    const meaning = [near('near', 0.6), near('both', 0.2), near('far', 0.3)]
    for (const weight of [0.3, 1]) {
      const fused = fuseHits([hit('both')], meaning, { weight, floor: 0.4 })
      expect(fused.map(({ key }) => key).sort()).toEqual(['both', 'near'])
    }
    expect(fuseHits([], [near('far', 0.3)], { weight: 1, floor: 0.4 })).toEqual([])
  })
})
