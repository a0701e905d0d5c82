import { marksOf } from './marks-of.ts'

interface Marked {
  text: string
  /** [start, end) in UTF-16 units. */
  highlights: [number, number][]
}

/** Text with the matched words highlighted. Markup in the text has no effect. */
export function MarkedText({ text, highlights }: Marked) {
  return marksOf(text, highlights).map(({ at, part, isMarked }) =>
    isMarked ? <mark key={at}>{part}</mark> : <span key={at}>{part}</span>,
  )
}
