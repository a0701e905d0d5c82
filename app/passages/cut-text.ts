import { countTokens } from './count-tokens.ts'
import { fenceAfter } from './fences.ts'

/** The part of a text from `start` to `end` (exclusive). */
export interface Piece {
  start: number
  end: number
  tokens: number
}

/**
 * Returns the positions at which a text may be cut, in order. White space belongs to the part that follows.
 */
type Cuts = (text: string) => number[]

// A token is at least one byte, and a slice at most 384 bytes, so a slice always fits.
const SLICE = 128
const SENTENCE_END = /(?<=[.!?…]["')\]]?)\s|(?<=[。！？])(?![。！？\s])/g

/** From the preferred places for a cut within a block to the last resort. */
const LEVELS: Cuts[] = [
  (text) => Array.from(text.matchAll(/\n/g), (match) => match.index),
  (text) => Array.from(text.matchAll(SENTENCE_END), (match) => match.index),
  cutWords,
]

/**
 * Cuts a text into pieces of at most `limit` tokens that together make up the full text. Cuts are between
 * code blocks and paragraphs; larger blocks are cut between lines, sentences or words.
 */
export function cutText(text: string, limit: number): Piece[] {
  const pieces: Piece[] = []
  function cut(start: number, end: number, level: number): void {
    const part = text.slice(start, end)
    // A text of this length exceeds the limit, unless it is hardly worth reading.
    const tokens = part.length > 16 * limit ? Number.POSITIVE_INFINITY : countTokens(part)
    const cuts = LEVELS[level]
    if (tokens <= limit || !cuts) {
      pieces.push({ start, end, tokens })
      return
    }
    eachBetween(cuts(part), part.length, (from, to) => cut(start + from, start + to, level + 1))
  }
  eachBetween(blockStarts(text), text.length, (start, end) => cut(start, end, 0))
  return pieces
}

function eachBetween(cuts: number[], end: number, work: (from: number, to: number) => void): void {
  let from = 0
  for (const to of [...cuts, end]) {
    if (to > from) work(from, to)
    from = Math.max(from, to)
  }
}

/** Returns the starts of paragraphs and fenced code blocks, including the empty lines before them. */
function blockStarts(text: string): number[] {
  const starts: number[] = []
  let fence: string | null = null
  let isBlank = false
  let offset = 0
  for (const line of text.split('\n')) {
    const after = fenceAfter(fence, line)
    const wasBlank = isBlank
    isBlank = fence === null && line.trim() === ''
    const opens = fence === null && after !== null
    const isNew = opens ? !wasBlank : isBlank && !wasBlank
    if (isNew) starts.push(offset)
    offset += line.length + 1
    // Text directly after a code block starts a new block.
    if (fence !== null && after === null) starts.push(offset - 1)
    fence = after
  }
  return starts
}

/** Cuts at most `SLICE` apart: before a word if possible, and never inside a surrogate pair. */
function cutWords(text: string): number[] {
  const cuts: number[] = []
  let offset = 0
  while (text.length - offset > SLICE) {
    const slice = text.slice(offset, offset + SLICE + 1)
    const space = slice.search(/\s\S*$/)
    const isPair = /[\udc00-\udfff]/.test(slice.charAt(SLICE))
    offset += space > 0 ? space : SLICE - (isPair ? 1 : 0)
    cuts.push(offset)
  }
  return cuts
}
