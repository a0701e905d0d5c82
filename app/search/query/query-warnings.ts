import type { Query } from './query.ts'

const MOST = 20
const LONGEST = 60

/** A sentence about the query; each once, and not more than somebody would read. */
export function warn({ warnings }: Query, sentence: string): void {
  if (warnings.includes(sentence) || warnings.length > MOST) return
  const isLast = warnings.length === MOST
  warnings.push(isLast ? 'Other parts of the query were ignored as well.' : sentence)
}

/** What somebody typed as a sentence shows it: on one line and not too long. */
export function quoted(text: string): string {
  const signs = [...text.replace(/\s+/g, ' ')]
  const short = signs.length > LONGEST ? `${signs.slice(0, LONGEST).join('')}…` : signs.join('')
  return `\`${short.replaceAll('`', "'")}\``
}

/** `a`, `b` or `c` */
export function oneOf(words: readonly string[]): string {
  const all = words.map((word) => `\`${word}\``)
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}
