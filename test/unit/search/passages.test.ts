import fc from 'fast-check'
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base'
import { describe, expect, test } from 'vitest'
import { cleanText, cleanValue } from '#app/passages/clean.ts'
import { contentHash } from '#app/passages/content-hash.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import { dropNoise } from '#app/passages/drop-noise.ts'
import { PASSAGE_TOKENS, splitText } from '#app/passages/split.ts'

const anyUnits = fc
  .array(fc.constantFrom('a', '\0', '\ud83d', '\ude00', '😀', '漢', '\n'), { maxLength: 30 })
  .map((units) => units.join(''))

describe('cleaned text', () => {
  test('is well-formed, has no U+0000, and is unchanged if it already was', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        const clean = cleanText(text)
        expect(Buffer.from(clean).toString()).toBe(clean)
        expect(clean).not.toContain('\0')
        expect(cleanText(clean)).toBe(clean)
        expect(clean.replaceAll('\ufffd', '')).toBe(
          Buffer.from(text).toString().replaceAll('\ufffd', '').replaceAll('\0', ''),
        )
      }),
    )
  })

  test('is cleaned at any depth of a value', () => {
    const value = { 'a\0': ['b\ud800', { c: null, d: 1, e: true }] }
    expect(cleanValue(value)).toEqual({ a: ['b\ufffd', { c: null, d: 1, e: true }] })
  })
})

describe('noise', () => {
  test.each([
    ['a comment', 'Hi <!-- please\n\nfill in --> there', 'Hi  there'],
    ['nothing of a comment that never ends', 'Hi <!-- there', 'Hi <!-- there'],
    ['no comment in code', '```\n<!-- a -->\n> b\n```\nc', '```\n<!-- a -->\n> b\n```\nc'],
    ['no comment between backticks', 'see `<!-- a -->`', 'see `<!-- a -->`'],
    ['a quote', '> you said\n> this\n\nNo.', '\nNo.'],
    ['a quote in mail', 'No.\n\nOn Tue, Ada <a@b.co>\nwrote:\n\n> this', 'No.\n\n'],
    ['an unmarked quote in mail', 'No.\n\nOn Tue, Ada <a@b.co> wrote:\n\nthis', 'No.\n'],
    [
      'no words of a person',
      'On Monday Ada wrote:\nall is well',
      'On Monday Ada wrote:\nall is well',
    ],
    ['no quote where nothing else is left', '> this', '> this'],
  ])('is %s', (_, text, own) => {
    expect(dropNoise(text)).toBe(own)
  })
})

const anyWord = fc.oneof(
  fc.stringMatching(/^[a-z]{1,12}$/),
  fc.constantFrom('e.g.', 'end.', 'really?', 'naïve', '漢字', '😀', '<|endoftext|>', '`x`', '***'),
  fc.stringMatching(/^[A-Za-z0-9/_-]{60,120}$/),
)
const anyLine = fc.array(anyWord, { maxLength: 40 }).map((words) => words.join(' '))
const anyCode = fc
  .array(anyLine, { maxLength: 30 })
  .map((lines) => ['```ts', ...lines, '```'].join('\n'))
const anyText = fc
  .array(fc.oneof({ weight: 5, arbitrary: anyLine }, anyCode, fc.constant('')), { maxLength: 40 })
  .chain((lines) => fc.constantFrom('\n', '\n\n', ' ').map((between) => lines.join(between)))

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

describe('passages', () => {
  test('contain every word, within the limits', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const passages = splitText(text)
        const held = new Set(passages.flatMap((passage) => wordsOf(passage.text)))
        for (const word of wordsOf(dropNoise(text))) expect(held).toContain(word)
        for (const passage of passages) {
          expect(passage.tokens).toBe(countTokens(passage.text))
          expect(passage.tokens).toBeLessThanOrEqual(PASSAGE_TOKENS)
          expect(passage.text).toBe(passage.text.trim())
          expect(passage.text).not.toBe('')
        }
      }),
    )
  })

  test('do not exist for an empty text or an unfilled template', () => {
    for (const text of ['', ' \n\t', '<!-- what does this do? -->'])
      expect(splitText(text)).toEqual([])
  })

  test('of a short text are a single one', () => {
    expect(splitText('Looks good to me.\n')).toEqual([{ text: 'Looks good to me.', tokens: 5 }])
  })

  test('overlap by a sentence or more, and are mostly full', () => {
    const text = Array.from({ length: 200 }, (_, n) => `This is sentence number ${n} of many.`)
    const passages = splitText(text.join(' '))
    for (const [index, { text, tokens }] of passages.entries()) {
      const before = passages[index - 1]?.text
      if (before) expect(before).toContain(text.slice(0, 30))
      if (index < passages.length - 1) expect(tokens).toBeGreaterThan(PASSAGE_TOKENS * 0.8)
    }
  })

  test('keep a code block intact if it fits', () => {
    const code = ['```js', ...Array.from({ length: 30 }, (_, n) => `let a${n} = 1\n`), '```'].join(
      '\n',
    )
    const prose = 'Some words about it. '.repeat(60)
    const passages = splitText(`${prose}\n${code}\n${prose}`)
    expect(passages.filter((passage) => passage.text.includes(code))).toHaveLength(1)
  })

  test.each([
    ['one word', 'a'],
    ['emoji', '😀'],
    ['ideographs', '漢'],
    ['new lines', '\n'],
    ['spaces between words', `a${' '.repeat(30_000)}`],
    ['signs', '!?.'],
    ['lines of one sign', '.\n'],
    ['comments that never end', '<!-- '],
    ['comments', '<!---->'],
    ['fences', '```\n'],
    ['quotes', '> > '],
    ['mail', 'On Tue wrote:\n'],
    ['brackets', '[a]('],
    ['control tokens', '<|endoftext|>'],
  ])('of 65,536 characters of %s take bounded time', (_, unit) => {
    const text = unit.repeat(Math.ceil(65_536 / unit.length)).slice(0, 65_536)
    const passages = splitText(text)
    for (const { text, tokens } of passages) {
      expect(tokens).toBeLessThanOrEqual(PASSAGE_TOKENS)
      expect(cleanText(text)).toBe(text)
    }
  })
})

describe('the bound of a text', () => {
  test.each([
    ['signs', '? ,'],
    ['ideographs', '漢字'],
    ['lines', 'a\n'],
  ])('cuts what exceeds it into slices of 128 characters: %s', (_, unit) => {
    const passages = splitText(unit.repeat(5_000_000 / unit.length))
    const last = passages.at(-2)
    expect(passages.length).toBeLessThan(32_767)
    expect(last?.text.length).toBeGreaterThan(100)
    expect(last?.tokens).toBeGreaterThanOrEqual(Buffer.byteLength(last?.text ?? ''))
    for (const { text, tokens } of passages.slice(-50)) {
      expect(tokens).toBeLessThanOrEqual(PASSAGE_TOKENS)
      expect(tokens).toBeGreaterThanOrEqual(countTokens(text))
    }
  })

  test('is not met by a comment of the greatest length', () => {
    const text = 'a, b. c\n'.repeat(65_536 / 8)
    for (const passage of splitText(text)) expect(passage.tokens).toBe(countTokens(passage.text))
  })
})

describe('tokens', () => {
  const sign = fc.constantFrom(
    'a',
    'Z',
    ' ',
    '\n',
    '\r',
    '漢',
    '😀',
    '.',
    '!',
    'é',
    '9',
    "'s",
    '\t',
    '_',
  )
  const word = fc.constantFrom('<|endoftext|>', 'the ', 'Function', ' of', 'e\u0301', '\u2028')

  test('are counted as the package counts them, where no word is long', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(sign, word), { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        const options = { disallowedSpecial: new Set<string>() }
        expect(countTokens(text)).toBe(cl100k.countTokens(text, options))
      }),
      { numRuns: 500 },
    )
  })

  test('of a long word are at least as many, and hardly more', () => {
    const text = 'base64'.repeat(200)
    const exact = cl100k.countTokens(text)
    expect(countTokens(text)).toBeGreaterThanOrEqual(exact)
    expect(countTokens(text)).toBeLessThan(1.1 * exact)
  })
})

test('the hash is computed from the text as UTF-8', () => {
  expect(contentHash('abc').toString('hex')).toMatch(/^ba7816bf/)
})
