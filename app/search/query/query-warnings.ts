import type { ParsedQuery } from './query.ts'

const MOST = 20
const LONGEST = 60

/** Adds a warning to the query, unless it is a duplicate or there are already too many to read. */
export function warn({ warnings }: Pick<ParsedQuery, 'warnings'>, sentence: string): void {
  if (warnings.includes(sentence) || warnings.length > MOST) return
  const isLast = warnings.length === MOST
  warnings.push(isLast ? 'Other parts of the query were ignored as well.' : sentence)
}

/** Quotes user input for a message: on one line and shortened. */
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

export function formatNumber(count: number): string {
  return count.toLocaleString('en-US')
}
