import { countTokens } from './count-tokens.ts'
import { cutPlainly, cutText, type Piece } from './cut-text.ts'
import { dropNoise } from './drop-noise.ts'

/** Maximum tokens of a passage; a cut in the middle of a word can add a few. */
export const PASSAGE_TOKENS = 400
/** UTF-16 units of a text from which passages are made. More would be too many parts for one text. */
const LONGEST_TEXT = 2_097_152
const OVERLAP_TOKENS = 50
// Prose averages four characters per token. Other text has fewer, so shorter overlaps are tried as well.
const OVERLAP_CHARACTERS = 4 * OVERLAP_TOKENS
const SENTENCE_START = /(?<=[.!?…\n]["')\]]?)\s+(?=\S)|(?<=[。！？])(?=\S)/
const WORD_START = /\s+(?=\S)/

/**
 * Splits text into passages of at most `PASSAGE_TOKENS`, between paragraphs if possible, otherwise between
 * lines, sentences or words. Each passage repeats the end of the previous one. A fenced code block is kept
 * in one passage if it fits. Only the text removed by `dropNoise` is lost, and what exceeds `LONGEST_TEXT`; if
 * nothing else remains, there are no passages.
 *
 * @param text must have passed `cleanText`.
 */
export function splitText(text: string): { text: string; tokens: number }[] {
  const cleaned = dropNoise(text.slice(0, LONGEST_TEXT)).trim()
  if (cleaned === '') return []
  const tokens = cleaned.length <= 8 * PASSAGE_TOKENS ? countTokens(cleaned) : null
  if (tokens !== null && tokens <= PASSAGE_TOKENS) return [{ text: cleaned, tokens }]
  return splitWithin(cleaned, PASSAGE_TOKENS)
}

/** Splits text into parts of at most `limit` tokens in the same way. */
export function splitWithin(text: string, limit: number): { text: string; tokens: number }[] {
  return pack(text, cutText(text, limit), limit)
    .map(({ start, end, ...counted }) => ({ text: text.slice(start, end).trim(), ...counted }))
    .filter((part) => part.text !== '')
    .map(({ text, tokens, isPlain }) => ({ text, tokens: isPlain ? tokens : countTokens(text) }))
}

/** Splits text into slices, without looking at it: for a text on which the other way failed. */
export function splitPlainly(text: string): { text: string; tokens: number }[] {
  return cutPlainly(text.slice(0, LONGEST_TEXT))
    .map(({ start, end, tokens }) => ({ text: text.slice(start, end).trim(), tokens }))
    .filter((part) => part.text !== '')
}

/** Joins consecutive pieces as long as they fit, and adds an overlap where there is room. */
function pack(text: string, pieces: Piece[], limit: number): Piece[] {
  const packed: Piece[] = []
  let current: Piece | null = null
  for (const piece of pieces) {
    if (current && current.tokens + piece.tokens <= limit) {
      current.end = piece.end
      current.tokens += piece.tokens
      if (piece.isPlain) current.isPlain = true
      continue
    }
    if (current) packed.push(current)
    current = current && !piece.isPlain ? overlapped(text, current, piece, limit) : { ...piece }
  }
  if (current) packed.push(current)
  return packed
}

function overlapped(text: string, before: Piece, piece: Piece, limit: number): Piece {
  const room = Math.min(OVERLAP_TOKENS, limit - piece.tokens)
  for (let length = OVERLAP_CHARACTERS; length >= 25; length /= 2) {
    const start = overlapStart(text, Math.max(before.start, piece.start - length), piece.start)
    if (start === piece.start) continue
    const tokens = countTokens(text.slice(start, piece.start))
    if (tokens <= room) return { start, end: piece.end, tokens: piece.tokens + tokens }
  }
  return { ...piece }
}

/**
 * Returns the start of the first sentence at or after `from`, otherwise of the first word, otherwise `end`.
 */
function overlapStart(text: string, from: number, end: number): number {
  const tail = text.slice(from, end)
  const start = SENTENCE_START.exec(tail) ?? WORD_START.exec(tail)
  return start ? from + start.index + start[0].length : end
}
