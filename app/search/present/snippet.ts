import { wordsOf } from '../text/words.ts'

const LENGTH = 280
// Characters before the first match, for context.
const LEAD = 60

export interface Snippet {
  text: string
  /** Positions of query words in the snippet: [start, end) in UTF-16 units, in order. */
  highlights: [number, number][]
}

interface MarkedSpan {
  start: number
  end: number
  lexeme: string
}

/**
 * Returns the part of a text that matches the query best, on one line, with an ellipsis at each cut.
 *
 * @param weights of the query's lexemes. A part is worth the sum of the lexemes in it, each counted once.
 */
export function snippetOf(text: string, weights: Map<string, number>): Snippet {
  const line = text.replace(/\s+/g, ' ').trim()
  const marks = wordsOf(line).filter(({ lexeme }) => weights.has(lexeme))
  const first = bestStart(marks, weights)
  const start = wordStart(line, Math.max(0, Math.min(first - LEAD, line.length - LENGTH)))
  const end = wordEnd(line, Math.min(line.length, start + LENGTH))
  const before = start > 0 ? '… ' : ''
  const after = end < line.length ? ' …' : ''
  const shift = before.length - start
  return {
    text: `${before}${line.slice(start, end)}${after}`,
    highlights: joinMarks(marks.filter((mark) => mark.start >= start && mark.end <= end)).map(
      (mark) => [mark.start + shift, mark.end + shift],
    ),
  }
}

/** Returns the start of the window with the highest weight; the first of several. */
function bestStart(marks: MarkedSpan[], weights: Map<string, number>): number {
  let best = { start: 0, sum: 0 }
  const counts = new Map<string, number>()
  let sum = 0
  let last = 0
  for (const [index, mark] of marks.entries()) {
    for (; last < marks.length; last++) {
      const next = marks[last] as MarkedSpan
      if (next.end > mark.start + LENGTH - LEAD) break
      const count = counts.get(next.lexeme) ?? 0
      if (count === 0) sum += weights.get(next.lexeme) ?? 0
      counts.set(next.lexeme, count + 1)
    }
    if (sum > best.sum) best = { start: mark.start, sum }
    if (index >= last) continue
    const count = (counts.get(mark.lexeme) ?? 1) - 1
    counts.set(mark.lexeme, count)
    if (count === 0) sum -= weights.get(mark.lexeme) ?? 0
  }
  return best.start
}

/** Merges overlapping marks, such as those of a compound and its parts. */
function joinMarks(marks: MarkedSpan[]): MarkedSpan[] {
  const joined: MarkedSpan[] = []
  for (const mark of marks.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = joined.at(-1)
    if (last && mark.start < last.end) last.end = Math.max(last.end, mark.end)
    else joined.push({ ...mark })
  }
  return joined
}

function wordStart(line: string, index: number): number {
  if (index === 0) return 0
  const space = line.indexOf(' ', index)
  return outsidePair(line, space >= 0 && space < index + LEAD ? space + 1 : index)
}

function wordEnd(line: string, index: number): number {
  if (index === line.length) return index
  const space = line.lastIndexOf(' ', index)
  return outsidePair(line, space > index - LEAD ? space : index)
}

/** Moves a position out of a surrogate pair. */
function outsidePair(line: string, index: number): number {
  return /[\udc00-\udfff]/.test(line.charAt(index)) ? index - 1 : index
}
