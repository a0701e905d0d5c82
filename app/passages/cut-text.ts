import { countTokens } from './count-tokens.ts'
import { fenceAfter } from './fences.ts'

/** The part of a text from `start` to `end` (exclusive). */
export interface Piece {
  start: number
  end: number
  tokens: number
  /** True if the tokens were not counted: there are at most as many. */
  isPlain?: true
}

/**
 * Returns the positions at which a text may be cut, in order. White space belongs to the part that follows.
 */
type Cuts = (text: string) => number[]

// A token is at least one byte, and a slice at most 384 bytes, so a slice always fits.
const SLICE = 128
const SENTENCE_END = /(?<=[.!?…]["')\]]?)\s|(?<=[。！？])(?![。！？\s])/g

// Cuts closer to each other are left out, so that a text of single signs is not thousands of pieces.
const NEAREST = 32
const MOST_CUTS = 2_048
/**
 * The budget of a text, in characters whose tokens are counted for its cuts. The longest comment on GitHub
 * has 65,536 characters, and each level counts them once at most.
 */
const MOST_COUNTED = 5 * 65_536

/** From the preferred places for a cut within a block to the last resort. */
const LEVELS: Cuts[] = [
  (text) => Array.from(text.matchAll(/\n/g), (match) => match.index),
  (text) => Array.from(text.matchAll(SENTENCE_END), (match) => match.index),
  cutWords,
]

/**
 * Cuts a text into pieces of at most `limit` tokens that together make up the full text. Cuts are between
 * code blocks and paragraphs; larger blocks are cut between lines, sentences or words. Once the text has used
 * up its budget, the rest is cut into slices, whose tokens are not counted.
 */
export function cutText(text: string, limit: number): Piece[] {
  const pieces: Piece[] = []
  const nearest = Math.min(NEAREST, text.length / MOST_CUTS)
  let counted = 0
  function cut(start: number, end: number, level: number): void {
    if (counted > MOST_COUNTED) {
      for (const piece of cutPlainly(text, start, end)) pieces.push(piece)
      return
    }
    const part = text.slice(start, end)
    // A text of this length exceeds the limit, unless it is hardly worth reading.
    const isLong = part.length > 16 * limit
    const tokens = isLong ? Number.POSITIVE_INFINITY : countTokens(part)
    counted += isLong ? 0 : part.length
    const cuts = LEVELS[level]
    if (tokens <= limit || !cuts) {
      pieces.push({ start, end, tokens })
      return
    }
    const far = withoutNear(cuts(part), nearest)
    eachBetween(far, part.length, (from, to) => cut(start + from, start + to, level + 1))
  }
  const blocks = withoutNear(blockStarts(text), nearest)
  eachBetween(blocks, text.length, (start, end) => cut(start, end, 0))
  return pieces
}

/** Cuts a text, or a part of it, into slices. A token is at least one byte. */
export function cutPlainly(text: string, start = 0, end = text.length): Piece[] {
  const pieces: Piece[] = []
  eachBetween(cutWords(text.slice(start, end)), end - start, (from, to) => {
    const tokens = Buffer.byteLength(text.slice(start + from, start + to))
    pieces.push({ start: start + from, end: start + to, tokens, isPlain: true })
  })
  return pieces
}

/** Leaves out cuts that are closer than this to the one before. */
function withoutNear(cuts: number[], nearest: number): number[] {
  let last = 0
  return cuts.filter((cut) => {
    if (cut - last < nearest) return false
    last = cut
    return true
  })
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
