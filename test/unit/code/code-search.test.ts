import { describe, expect, test } from 'vitest'
import { isOfConversations, parseCodeQuery } from '#app/code/search/parse-code-query.ts'
import { rankChunks } from '#app/code/search/rank-chunks.ts'
import { isTest } from '#app/code/search/tests-of-code.ts'
import { urlOf } from '#app/code/search/url-of.ts'
import { wordsOfChunk } from '#app/code/search/words-of-chunk.ts'

describe('the words of a chunk', () => {
  test('mark symbol, path and code, with names whole and in parts', () => {
    const words = wordsOfChunk({ path: 'src/pool.ts', symbol: 'Pool.close', text: 'close(myPool)' })
    expect(words.vector.split(' ').sort()).toEqual(
      ["'pool':1A,4B,9D", "'close':2A,6D", "'src':3B", "'ts':5B", "'mypool':7D", "'my':8D"].sort(),
    )
    expect(words.length).toBe(4)
  })

  test('stay within the limits of a tsvector', () => {
    const { vector, length } = wordsOfChunk({
      path: 'a',
      symbol: null,
      text: 'same '.repeat(20_000),
    })
    expect(length).toBe(20_000)
    expect(vector.split(',')).toHaveLength(255)
    const many = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(' ')
    expect(wordsOfChunk({ path: 'a', symbol: null, text: many }).vector).toContain(':16383D')
  })
})

describe('a query', () => {
  test('is words and qualifiers', () => {
    const { text, ...qualifiers } = parseCodeQuery(
      'read LANG:c path:"a b/*.c" ref:main ref:next close:now',
    )
    expect(text.split(/\s+/)).toEqual(['read', 'close:now'])
    expect(qualifiers).toEqual({
      ...{ repo: [], lang: ['c'], path: ['a b/*.c'], symbol: [], ref: ['main', 'next'] },
    })
  })

  test('of conversations is told from one of code', () => {
    expect(isOfConversations('cache author:ann')).toBe(true)
    expect(isOfConversations('cache -is:open')).toBe(true)
    expect(isOfConversations('cache repo:a/b path:src lang:c std::is:')).toBe(false)
  })
})

test.each([
  ['test/a.ts', true],
  ['src/a.test.ts', true],
  ['pkg/a_test.go', true],
  ['pkg/test_a.py', true],
  ['src/tests.c', true],
  ['src/latest.ts', false],
  ['src/contest/a.ts', false],
])('%s is a test: %s', (path, expected) => {
  expect(isTest(path)).toBe(expected)
})

test('rare words, short chunks and the rest of the file decide the order', () => {
  const chunk = (id: string, file: string, counts: number[], length = 10) => ({
    ...{ id, file, counts, length, isDemoted: false },
  })
  const ranked = rankChunks({
    lexemes: [
      { chunks: 1, frequency: 1 },
      { chunks: 50, frequency: 1 },
    ],
    candidates: [
      chunk('common', 'a', [0, 3]),
      chunk('long', 'b', [1, 0], 90),
      chunk('rare', 'c', [1, 0]),
      chunk('alike', 'd', [1, 0]),
      chunk('beside', 'd', [0, 3], 1),
      { ...chunk('test', 'e', [1, 0]), isDemoted: true },
    ],
    chunks: 100,
    averageLength: 10,
  }).map(({ id }) => id)
  expect(ranked.slice(0, 2)).toEqual(['alike', 'rare'])
  expect(ranked.indexOf('rare')).toBeLessThan(ranked.indexOf('long'))
  expect(ranked.indexOf('rare')).toBeLessThan(ranked.indexOf('test'))
  expect(ranked.indexOf('common')).toBeGreaterThan(ranked.indexOf('test'))
})

test('the address of lines escapes the path', () => {
  const place = { repository: 'acme/engine', path: 'a b/#c?.ts', startLine: 2, endLine: 5 }
  expect(urlOf('https://github.com', place, 'f00')).toBe(
    'https://github.com/acme/engine/blob/f00/a%20b/%23c%3F.ts#L2-L5',
  )
})
