import { expect, test } from 'vitest'
import { plainText, withoutTitle } from '#app/search/present/plain-text.ts'
import { snippetOf } from '#app/search/present/snippet.ts'

function lineOf(markdown: string): string {
  return snippetOf(plainText(markdown), new Map()).text
}

test.each([
  [
    '# Why\n\nIt **never** helped, see [the log](https://example.com/a).',
    'Why It never helped, see the log.',
  ],
  ['- [x] one\n- two\n> said', 'one two said'],
  ['```ts\nconst a = `b`\n```', 'const a = b'],
  ['![a chart](x.png) <br> <b>bold</b> a < b > c', 'a chart bold a < b > c'],
  ['| a | b |\n|---|:--:|\n| 1 | 2 |', 'a · b 1 · 2'],
  ['`quote_cache_ttl`, __init__ and a*b*c', 'quote_cache_ttl, __init__ and a*b*c'],
])('%j is read as %j', (markdown, text) => {
  expect(lineOf(markdown)).toBe(text)
})

test('a description does not repeat its title', () => {
  expect(withoutTitle('Drop it\n\nIt is old.', 'Drop it').trim()).toBe('It is old.')
  expect(withoutTitle('Drop it', 'Drop it')).toBe('')
  expect(withoutTitle('Drop it\nnow', null)).toBe('Drop it\nnow')
})

test.each(['[', '[a](', '**', '`', '<a ', '|-', '| a |', '- ', '!['])(
  'of %j many times take bounded time',
  (mark) => {
    const begun = performance.now()
    plainText(mark.repeat(20_000))
    expect(performance.now() - begun).toBeLessThan(2_000)
  },
)
