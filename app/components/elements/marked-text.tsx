import { marksOf } from './marks-of.ts'

interface Marked {
  text: string
  /** [start, end) in UTF-16 units. */
  highlights: [number, number][]
}

/** A text with the words that were searched for; no markup of it takes effect. */
export function MarkedText({ text, highlights }: Marked) {
  return marksOf(text, highlights).map(({ at, part, isMarked }) =>
    isMarked ? <mark key={at}>{part}</mark> : <span key={at}>{part}</span>,
  )
}
