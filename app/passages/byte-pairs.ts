import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

interface Ranks {
  /** The rank of each token, by its bytes, one character a byte. */
  tokens: Map<string, number>
  /** The ranks of tokens of two bytes, which are asked for most. */
  pairs: Int32Array
  longest: number
}

let ranks: Ranks | null = null

const NONE = 0x7fffffff

/**
 * Counts the tokens of one word of cl100k_base: neighbours are joined, those of the lowest rank first, until
 * no two of them make up a token. Takes time that grows with the square of the length. The package's own
 * function decodes all neighbours to strings, which takes ten times as long.
 */
export function countByPairs(word: string): number {
  ranks ??= loadRanks()
  const bytes = Buffer.from(word).toString('latin1')
  return ranks.tokens.has(bytes) ? 1 : countJoined(bytes, ranks)
}

function countJoined(bytes: string, { tokens, pairs, longest }: Ranks): number {
  // starts[index] is the first byte of a part, and joined[index] the rank of it with the next part.
  const starts: number[] = []
  const joined: number[] = []
  for (let index = 0; index <= bytes.length; index++) starts.push(index)
  for (let index = 0; index < bytes.length - 1; index++)
    joined.push(pairs[(bytes.charCodeAt(index) << 8) | bytes.charCodeAt(index + 1)] as number)
  function rankAt(index: number): number {
    const start = starts[index] as number
    const end = starts[index + 2] as number
    return end - start > longest ? NONE : (tokens.get(bytes.slice(start, end)) ?? NONE)
  }
  for (;;) {
    const lowest = indexOfLowest(joined)
    if (joined[lowest] === NONE || joined.length === 0) return starts.length - 1
    starts.splice(lowest + 1, 1)
    joined.splice(lowest, 1)
    if (lowest < joined.length) joined[lowest] = rankAt(lowest)
    if (lowest > 0) joined[lowest - 1] = rankAt(lowest - 1)
  }
}

function indexOfLowest(values: number[]): number {
  let lowest = 0
  for (let index = 1; index < values.length; index++)
    if ((values[index] as number) < (values[lowest] as number)) lowest = index
  return lowest
}

/** Loads the tokens on first use: they take 20 MB and 0.1 s, and web processes do not need them. */
function loadRanks(): Ranks {
  const list: (string | number[])[] = require('gpt-tokenizer/cjs/bpeRanks/cl100k_base').default
  const tokens = new Map<string, number>()
  const pairs = new Int32Array(65_536).fill(NONE)
  let longest = 0
  for (const [rank, token] of list.entries()) {
    const bytes = Buffer.from(token as string).toString('latin1')
    tokens.set(bytes, rank)
    longest = Math.max(longest, bytes.length)
    if (bytes.length === 2) pairs[(bytes.charCodeAt(0) << 8) | bytes.charCodeAt(1)] = rank
  }
  return { tokens, pairs, longest }
}
