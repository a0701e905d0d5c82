import { expect, test } from 'vitest'
import { orQuery, prefixesOf } from '#app/search/text/lexemes.ts'

function prefixes(...texts: string[]): string[] {
  return prefixesOf(texts).map(({ lexeme }) => lexeme)
}

test.each(['dead', 'deadb', 'deadbee', 'DEADBEEFC', '1234567'])(
  '%s alone can be an oid',
  (text) => {
    expect(prefixes(text)).toEqual([`oid:${text.toLowerCase()}`])
  },
)

test('beside other words, an oid has a digit or seven letters', () => {
  expect(prefixes('feed', 'was', 'added', '2024')).toEqual([])
  expect(prefixes('why was 1a2b merged, and deadbeefc?')).toEqual(['oid:1a2b', 'oid:deadbeefc'])
  expect(prefixes('abc', '0x1234abcd', 'x1a2b')).toEqual([])
})

test('one sign of a script without spaces is the beginning of a word', () => {
  expect(prefixesOf(['값']).map((one) => orQuery([one]))).toEqual(["'값':*"])
  expect(prefixes('값이', 'x')).toEqual([])
})
