import { createRequire } from 'node:module'

type Tokenizer = Pick<
  typeof import('gpt-tokenizer/encoding/cl100k_base'),
  'countTokens' | 'setMergeCacheSize'
>

const require = createRequire(import.meta.url)
// Text in a repository is no chat: a string that looks like a control token is ordinary text.
const AS_TEXT = { disallowedSpecial: new Set<string>() }
// The time for a word grows with the square of its length. In slices of this length, a word of 65,536
// characters takes 0.1 s; uncut, it takes minutes. Each cut can add a token.
const SLICE = 256
const SPACE = /\s/
const CACHED_WORDS = 20_000

let tokenizer: Tokenizer | null = null

/**
 * Counts the tokens of a text in cl100k_base, the encoding of OpenAI's embedding models, whose limits
 * determine how requests are packed. The counts of other models differ too little to matter.
 */
export function countTokens(text: string): number {
  tokenizer ??= loadTokenizer()
  if (!hasLongRun(text)) return tokenizer.countTokens(text, AS_TEXT)
  let tokens = 0
  for (let from = 0; from < text.length; from += SLICE)
    tokens += tokenizer.countTokens(text.slice(from, from + SLICE), AS_TEXT)
  return tokens
}

/**
 * Returns true if a run of only spaces or without any is longer than a slice: such a run crosses a multiple
 * of the slice's length.
 */
function hasLongRun(text: string): boolean {
  for (let from = SLICE; from < text.length; from += SLICE) {
    const isSpace = SPACE.test(text.charAt(from))
    let start = from
    while (start > 0 && SPACE.test(text.charAt(start - 1)) === isSpace) start--
    let end = from + 1
    while (end < text.length && end - start <= SLICE && SPACE.test(text.charAt(end)) === isSpace)
      end++
    if (end - start > SLICE) return true
  }
  return false
}

/** Loads the tokenizer on first use: it takes 40 MB and 0.1 s, and web processes do not need it. */
function loadTokenizer(): Tokenizer {
  const loaded: Tokenizer = require('gpt-tokenizer/encoding/cl100k_base')
  loaded.setMergeCacheSize(CACHED_WORDS)
  return loaded
}
