import { describe, expect, test } from 'vitest'
import { partAt, written } from '#app/search/complete/part.ts'

/** The caret is at `|`. */
function partOf(marked: string) {
  const at = marked.indexOf('|')
  const text = marked.replace('|', '')
  const { start, end, name, typed } = partAt(text, at)
  return [text.slice(start, end), name, typed]
}

describe('the part of a query at the caret', () => {
  test.each([
    ['|', ['', null, '']],
    ['cache aut|', ['aut', null, 'aut']],
    ['cache |', ['', null, '']],
    ['cache author:|', ['', 'author', '']],
    ['cache Author:ad|', ['ad', 'author', 'ad']],
    ['-label:b|', ['b', 'label', 'b']],
    ['(is:o|', ['o', 'is', 'o']],
    ['is:o|) cache', ['o', 'is', 'o']],
    ['label:bug,ne|', ['ne', 'label', 'ne']],
    ['label:"good fi|', ['"good fi', 'label', 'good fi']],
    ['label:"a, b",c|', ['c', 'label', 'c']],
    ['a label:"good fi|rst', ['"good first', 'label', 'good fi']],
    ['say "two wor|', ['"two wor', null, '"two wor']],
    ['aut|hor', ['author', null, 'aut']],
    ['repo:acme/eng| cache', ['acme/eng', 'repo', 'acme/eng']],
  ])('of %s', (marked, expected) => {
    expect(partOf(marked)).toEqual(expected)
  })

  test('takes any caret', () => {
    for (const at of [-5, 0, 3, 99, Number.MAX_SAFE_INTEGER])
      expect(() => partAt('a:b', at)).not.toThrow()
  })
})

test('a value with a space is quoted', () => {
  expect(written('good first issue')).toBe('"good first issue"')
  expect(written('bug')).toBe('bug')
  expect(written('say "a" b')).toBe('"say a b"')
})
