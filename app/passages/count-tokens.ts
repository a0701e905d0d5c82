import { createRequire } from 'node:module'

type Tokenizer = Pick<
  typeof import('gpt-tokenizer/encoding/cl100k_base'),
  'countTokens' | 'setMergeCacheSize'
>

const require = createRequire(import.meta.url)
// Text in a repository is no chat: what looks like a control token is a word like any other.
const AS_TEXT = { disallowedSpecial: new Set<string>() }
// A word costs the square of its length. Cut in slices of this length, 65,536 characters of one word
// take a tenth of a second; uncut, minutes. Cuts may add a token each.
const SLICE = 256
const SPACE = /\s/
const CACHED_WORDS = 20_000

let tokenizer: Tokenizer | null = null

/**
 * How many tokens a text is in cl100k_base: the encoding of OpenAI's embedding models, by whose limits
 * requests are packed. Other models count otherwise, but not by enough to matter below their limits.
 */
export function countTokens(text: string): number {
  tokenizer ??= loadTokenizer()
  if (!hasLongRun(text)) return tokenizer.countTokens(text, AS_TEXT)
  let tokens = 0
  for (let at = 0; at < text.length; at += SLICE)
    tokens += tokenizer.countTokens(text.slice(at, at + SLICE), AS_TEXT)
  return tokens
}

/** Whether more than a slice is all spaces, or has none: such a run crosses a multiple of its length. */
function hasLongRun(text: string): boolean {
  for (let at = SLICE; at < text.length; at += SLICE) {
    const isSpace = SPACE.test(text.charAt(at))
    let start = at
    while (start > 0 && SPACE.test(text.charAt(start - 1)) === isSpace) start--
    let end = at + 1
    while (end < text.length && end - start <= SLICE && SPACE.test(text.charAt(end)) === isSpace)
      end++
    if (end - start > SLICE) return true
  }
  return false
}

/** At first use: it takes 40 MB and a tenth of a second, and web processes have no use for it. */
function loadTokenizer(): Tokenizer {
  const loaded: Tokenizer = require('gpt-tokenizer/encoding/cl100k_base')
  loaded.setMergeCacheSize(CACHED_WORDS)
  return loaded
}
