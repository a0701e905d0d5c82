import { cleanText } from '#app/passages/clean.ts'
import type { CodeChunk } from './shapes.ts'

/** UTF-16 units of an embedded text; of a longer chunk, the beginning stands for all of it. */
const LONGEST = 8_192

export interface Context {
  /** The text of the chunk before, or at least its end, which widens this one. */
  before?: string | null
  /** How many characters of it; 0 by default. */
  overlap?: number
}

/**
 * Returns what is embedded of a chunk: path and symbol, the signature where the chunk does not show it, the
 * chunk. What is stored and shown is the chunk alone.
 */
export function embeddedText(
  path: string,
  { symbol, signature, text }: Pick<CodeChunk, 'symbol' | 'signature' | 'text'>,
  { before = null, overlap = 0 }: Context = {},
): string {
  const head = symbol === null ? path : `${path} › ${symbol}`
  const isShown = signature === null || text.includes(signature)
  const wide = before && overlap > 0 ? `${endOf(before, overlap)}\n${text}` : text
  const all = [head, ...(isShown ? [] : [signature]), wide].join('\n')
  return all.length <= LONGEST ? all : cleanText(all.slice(0, LONGEST))
}

/** Returns the last UTF-16 units of a text, less half a character at their beginning. */
function endOf(text: string, units: number): string {
  return text.slice(-units).replace(/^[\udc00-\udfff]/, '')
}
