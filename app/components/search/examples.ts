import type { Sample } from '#app/archive/sample.ts'
import { quotedValue } from '#app/search/query/toggle-qualifier.ts'

const WORD = /[\p{L}\p{N}]{4,}/gu
const WORDS = 2
// Quotes cannot be escaped in a query, commas separate values, and a star stands for any text.
const WRITABLE = /^[^"*,\\\p{C}]{1,60}$/u

/** Returns queries that find something among the data of the sample. */
export function examplesOf({ repository, label, author, path, titles }: Sample): string[] {
  const words = titles.map(wordsOf).find((found) => found !== null)
  const examples = [
    words ?? null,
    qualifier('label', label),
    qualifier('author', author),
    qualifier('path', path),
    qualifier('repo', repository),
  ]
  return examples.filter((example) => example !== null)
}

/** Returns the longest words of a title in their order, or null if it has too few. */
function wordsOf(title: string): string | null {
  const words = [...new Set(title.toLowerCase().match(WORD) ?? [])]
  const longest = words.toSorted((a, b) => b.length - a.length).slice(0, WORDS)
  return longest.length === WORDS ? words.filter((word) => longest.includes(word)).join(' ') : null
}

function qualifier(name: string, value: string | null): string | null {
  return value !== null && WRITABLE.test(value) ? `${name}:${quotedValue(value)}` : null
}
