import { expect, test } from 'vitest'
import { embeddedText } from '#app/code/chunks/embedded-text.ts'

const chunk = {
  startLine: 5,
  endLine: 6,
  symbol: 'Box.open',
  signature: 'open(): void',
  text: '  go()\n}',
}

test('path, symbol and signature stand in front of the chunk', () => {
  expect(embeddedText('src/a.ts', chunk)).toBe('src/a.ts › Box.open\nopen(): void\n  go()\n}')
})

test('a chunk that shows its signature does not repeat it', () => {
  const whole = { ...chunk, text: 'open(): void {\n  go()\n}' }
  expect(embeddedText('a.ts', whole)).toBe('a.ts › Box.open\nopen(): void {\n  go()\n}')
  expect(embeddedText('a.md', { ...whole, symbol: null, signature: null })).toBe(
    `a.md\n${whole.text}`,
  )
})

test('an overlap widens the text by the end of the chunk before', () => {
  const plain = { ...chunk, symbol: null, signature: null }
  expect(embeddedText('a', plain, { before: 'one two', overlap: 3 })).toBe('a\ntwo\n  go()\n}')
  expect(embeddedText('a', plain, { before: 'one two' })).toBe('a\n  go()\n}')
})

test('a long line is embedded by its beginning, and no character is halved', () => {
  const text = embeddedText('a', {
    ...chunk,
    symbol: null,
    signature: null,
    text: '😀'.repeat(9_000),
  })
  expect(text.length).toBe(8_192)
  expect(text).not.toMatch(/[\ud800-\udbff]$/)
})
