import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RankedPassage, type Ranking, rankGroups } from '#app/search/text/rank.ts'

function candidate(id: string, own: Partial<RankedPassage> = {}): RankedPassage {
  const base = {
    group: id,
    isCommit: false,
    isDemoted: false,
    length: 20,
    counts: [1],
    title: null,
  }
  return { id, ...base, ...own }
}

function ranking(candidates: RankedPassage[], own: Partial<Ranking> = {}): Ranking {
  return {
    lexemes: [{ passages: 10, frequency: 1 }],
    candidates,
    passages: 1_000,
    averages: { passage: 20, title: 5, group: 200 },
    groupLengths: new Map(),
    ...own,
  }
}

function orderOf(given: Ranking): string[] {
  return rankGroups(given).map(({ group }) => group)
}

const twoLexemes = [
  { passages: 5, frequency: 1 },
  { passages: 500, frequency: 1 },
]

describe('groups', () => {
  test('with the rarer word rank first', () => {
    const candidates = [
      candidate('common', { counts: [0, 1] }),
      candidate('rare', { counts: [1, 0] }),
    ]
    expect(orderOf(ranking(candidates, { lexemes: twoLexemes }))).toEqual(['rare', 'common'])
  })

  test('with a word that the query repeats rank above those with a word it has once', () => {
    const lexemes = [1, 4].map((frequency) => ({ passages: 10, frequency }))
    const candidates = [
      candidate('once', { counts: [1, 0] }),
      candidate('often', { counts: [0, 1] }),
    ]
    expect(orderOf(ranking(candidates, { lexemes }))).toEqual(['often', 'once'])
  })

  test('with more occurrences at the same length rank first', () => {
    const candidates = [candidate('once'), candidate('thrice', { counts: [3] })]
    expect(orderOf(ranking(candidates))).toEqual(['thrice', 'once'])
  })

  test('with a shorter passage rank first', () => {
    const candidates = [candidate('long', { length: 200 }), candidate('short', { length: 10 })]
    expect(orderOf(ranking(candidates))).toEqual(['short', 'long'])
  })

  test('with a match in the title rank above those with a match in the description', () => {
    const below = candidate('below', { title: { counts: [0], length: 5 } })
    const above = candidate('above', { title: { counts: [1], length: 5 } })
    expect(orderOf(ranking([below, above]))).toEqual(['above', 'below'])
  })

  test('with a match in a commit rank above those with a match in a comment', () => {
    const candidates = [candidate('comment'), candidate('commit', { isCommit: true })]
    expect(orderOf(ranking(candidates))).toEqual(['commit', 'comment'])
  })

  test('with all words across several passages rank above those with one of them', () => {
    const candidates = [
      candidate('one', { counts: [1, 0] }),
      candidate('first', { group: 'both', counts: [1, 0] }),
      candidate('second', { group: 'both', counts: [0, 1] }),
    ]
    expect(orderOf(ranking(candidates, { lexemes: twoLexemes }))).toEqual(['both', 'one'])
  })

  test('with much other text rank lower', () => {
    const groupLengths = new Map([
      ['long', 5_000],
      ['short', 20],
    ])
    expect(orderOf(ranking([candidate('long'), candidate('short')], { groupLengths }))).toEqual([
      'short',
      'long',
    ])
  })

  test('of bots rank below those of people, but are included', () => {
    const candidates = [candidate('bot', { isDemoted: true }), candidate('person')]
    expect(orderOf(ranking(candidates))).toEqual(['person', 'bot'])
  })

  test('with equal scores keep their order', () => {
    expect(orderOf(ranking(['b', 'a', 'c'].map((id) => candidate(id))))).toEqual(['b', 'a', 'c'])
  })

  test('list their best passages first', () => {
    const candidates = [
      candidate('long', { group: 'one', length: 200 }),
      candidate('short', { group: 'one', length: 5 }),
      candidate('middle', { group: 'one', length: 50 }),
    ]
    const [hit] = rankGroups(ranking(candidates))
    expect(hit?.passages.map(({ id }) => id)).toEqual(['short', 'middle', 'long'])
  })

  test('are empty if nothing was found', () => {
    expect(rankGroups(ranking([], { lexemes: [], passages: 0 }))).toEqual([])
  })
})

describe('any counts', () => {
  const count = fc.nat({ max: 50 })
  const candidates = fc.array(
    fc.record({
      group: fc.constantFrom('a', 'b', 'c', 'd'),
      isCommit: fc.boolean(),
      isDemoted: fc.boolean(),
      length: fc.nat({ max: 400 }),
      counts: fc.tuple(count, count, count),
      title: fc.option(fc.record({ counts: fc.tuple(count, count, count), length: count })),
    }),
  )
  const lexemes = fc.tuple(
    ...[0, 1, 2].map(() => fc.record({ passages: count, frequency: fc.constant(1) })),
  )

  test('produce finite scores in order, and each passage once, in its group', () => {
    fc.assert(
      fc.property(candidates, lexemes, fc.nat({ max: 100 }), (given, some, passages) => {
        const averages = { passage: passages, title: 0, group: 0 }
        const all = given.map((own, index) => candidate(String(index), own))
        const ranked = rankGroups(ranking(all, { lexemes: some, passages, averages }))
        const scores = ranked.map(({ score }) => score)
        expect(scores.every((score) => Number.isFinite(score) && score >= 0)).toBe(true)
        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
        const placed = ranked.flatMap(({ group, passages }) =>
          passages.map(({ id }) => [id, group]),
        )
        expect(placed.sort()).toEqual(all.map(({ id, group }) => [id, group]).sort())
      }),
    )
  })
})
