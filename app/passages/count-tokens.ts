import { countByPairs } from './byte-pairs.ts'

/** The words of cl100k_base, whose tokens are found separately; a run of letters or signs is one word. */
const WORD =
  /'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+(?!\S)|\s/gu
// The time for a word grows with the square of its length, so a longer one is counted in slices. Each cut can
// add a token.
const SLICE = 64
const KEPT_WORDS = 20_000
const LONGEST_KEPT = 32

/**
 * Two generations of known words: when the younger one is full, it becomes the older one. A cache that evicts
 * the word used longest ago would take quadratic time, because a Map remembers deleted keys for a while.
 */
let younger = new Map<string, number>()
let older = new Map<string, number>()

/**
 * Counts the tokens of a text in cl100k_base, the encoding of OpenAI's embedding models, whose limits
 * determine how requests are packed. The counts of other models differ too little to matter. Takes time in
 * proportion to the length.
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (const [word] of text.matchAll(WORD))
    tokens += word.length > LONGEST_KEPT ? countLong(word) : countKept(word)
  return tokens
}

function countKept(word: string): number {
  const known = younger.get(word)
  if (known !== undefined) return known
  const tokens = older.get(word) ?? countByPairs(word)
  if (younger.size >= KEPT_WORDS) {
    older = younger
    younger = new Map()
  }
  // A copy: a substring would keep the entire text in memory.
  younger.set(Buffer.from(word).toString(), tokens)
  return tokens
}

function countLong(word: string): number {
  let tokens = 0
  for (let from = 0; from < word.length; from += SLICE)
    tokens += countByPairs(word.slice(from, from + SLICE))
  return tokens
}
