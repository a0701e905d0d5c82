/** The part of a query that somebody is typing. */
export interface Part {
  start: number
  end: number
  /** The name of a qualifier in lower case; null while there is no colon. */
  name: string | null
  /** What is typed of it so far, without an opening quote. */
  typed: string
}

const WORD = /[^\s()]*/y
const QUALIFIER = /^([a-z][a-z_-]*):(.*)$/is

/**
 * Finds the part of a query at the caret: a word, or one of the values of a qualifier.
 *
 * @param at of the caret, in UTF-16 units.
 */
export function partAt(text: string, at: number): Part {
  const caret = Math.max(0, Math.min(at, text.length))
  const start = startOf(text.slice(0, caret))
  WORD.lastIndex = caret
  const end = caret + (WORD.exec(text)?.[0].length ?? 0)
  const [, name = null, rest = ''] = QUALIFIER.exec(text.slice(start, caret)) ?? []
  if (name === null) return { start, end, name, typed: text.slice(start, caret) }
  const value = lastValue(rest)
  return { start: caret - value.length, end, name: name.toLowerCase(), typed: unquoted(value) }
}

/** Returns where the word that ends a text begins; a quoted value is one word, and a minus is not part of it. */
function startOf(before: string): number {
  const start = afterLast(before, /[\s()]/)
  return before[start] === '-' ? start + 1 : start
}

/** Returns the text after the last comma outside of quotes. */
function lastValue(values: string): string {
  return values.slice(afterLast(values, /,/))
}

/** Returns the index after the last such character outside of quotes; 0 if there is none. */
function afterLast(text: string, separator: RegExp): number {
  let isQuoted = false
  let after = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && separator.test(character)) after = index + 1
  }
  return after
}

function unquoted(value: string): string {
  return value.replaceAll('"', '')
}

/** Writes a value so that it is read as one. */
export function written(value: string): string {
  return /[\s,()]/.test(value) ? `"${value.replaceAll('"', '')}"` : value
}
