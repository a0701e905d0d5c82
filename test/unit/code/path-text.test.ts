import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathBytes, pathText } from '#app/code/git/path-text.ts'

describe('the text of a path', () => {
  test('leads back to the bytes', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 })
    const mixed = fc.oneof(
      bytes,
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(mixed, (path) => {
        expect([...pathBytes(pathText(Buffer.from(path)))]).toEqual([...path])
      }),
      { numRuns: 2_000 },
    )
  })

  test('is different for different paths', () => {
    const quoted = Buffer.from('"\\377"')
    expect(pathText(Buffer.from([0xff]))).toBe('"\\377"')
    expect(pathText(quoted)).toBe('"\\"\\\\377\\""')
  })

  test.each([
    '日本語.txt',
    'a b/ b.txt',
    'tab\there',
    'quote"inside',
    'line\nbreak',
    'back\\slash',
  ])('is the path itself: %j', (path) => {
    expect(pathText(Buffer.from(path))).toBe(path)
  })
})
