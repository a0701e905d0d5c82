import { countTokens } from './count-tokens.ts'
import { cutText, type Piece } from './cut-text.ts'
import { dropNoise } from './drop-noise.ts'

/** A passage holds at most this many tokens, give or take what a cut in the middle of a word adds. */
export const PASSAGE_TOKENS = 400
const OVERLAP_TOKENS = 50
// Prose has four characters to a token, other text fewer: then less is tried.
const OVERLAP_CHARACTERS = 4 * OVERLAP_TOKENS
const SENTENCE_START = /(?<=[.!?…\n]["')\]]?)\s+(?=\S)|(?<=[。！？])(?=\S)/
const WORD_START = /\s+(?=\S)/

/**
 * Splits what a person wrote into passages of at most `PASSAGE_TOKENS`, at paragraphs, else lines, else
 * sentences, else words; each repeats the end of the one before it. A fenced block of code stays whole
 * where it fits. Nothing is lost but what `dropNoise` drops; a text with nothing else has no passages.
 *
 * @param text as `cleanText` gives it.
 */
export function splitText(text: string): { text: string; tokens: number }[] {
  const said = dropNoise(text).trim()
  if (said === '') return []
  const tokens = said.length <= 8 * PASSAGE_TOKENS ? countTokens(said) : null
  if (tokens !== null && tokens <= PASSAGE_TOKENS) return [{ text: said, tokens }]
  return pack(said, cutText(said, PASSAGE_TOKENS))
    .map(({ start, end }) => said.slice(start, end).trim())
    .filter((passage) => passage !== '')
    .map((passage) => ({ text: passage, tokens: countTokens(passage) }))
}

/** Puts pieces together, in order, for as long as they fit; where it fits, after an overlap. */
function pack(text: string, pieces: Piece[]): { start: number; end: number }[] {
  const packed: { start: number; end: number }[] = []
  let current: Piece | null = null
  for (const piece of pieces) {
    if (current && current.tokens + piece.tokens <= PASSAGE_TOKENS) {
      current = {
        start: current.start,
        end: piece.end,
        tokens: current.tokens + piece.tokens,
      }
      continue
    }
    if (current) packed.push(current)
    current = current ? overlapped(text, current, piece) : piece
  }
  if (current) packed.push(current)
  return packed
}

function overlapped(text: string, before: Piece, piece: Piece): Piece {
  const room = Math.min(OVERLAP_TOKENS, PASSAGE_TOKENS - piece.tokens)
  for (let length = OVERLAP_CHARACTERS; length >= 25; length /= 2) {
    const start = overlapStart(text, Math.max(before.start, piece.start - length), piece.start)
    if (start === piece.start) continue
    const tokens = countTokens(text.slice(start, piece.start))
    if (tokens <= room) return { start, end: piece.end, tokens: piece.tokens + tokens }
  }
  return piece
}

/** The first sentence that starts at `from` or later, else the first word, else `end`. */
function overlapStart(text: string, from: number, end: number): number {
  const tail = text.slice(from, end)
  const start = SENTENCE_START.exec(tail) ?? WORD_START.exec(tail)
  return start ? from + start.index + start[0].length : end
}
