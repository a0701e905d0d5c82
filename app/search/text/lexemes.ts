/** Returns the lexemes of a query and its phrases as `tsquery` texts. */
import type { Term } from '../query/query.ts'
import { type Word, wordsOf } from './words.ts'

export interface SoughtLexeme {
  lexeme: string
  /** Number of occurrences in the query. */
  count: number
  /** True if it is a compound, whose parts are searched for as well. */
  isCompound: boolean
}

/** Returns the distinct lexemes of the texts in the order of their first occurrence. */
export function lexemesOf(texts: string[]): SoughtLexeme[] {
  const sought = new Map<string, SoughtLexeme>()
  for (const { lexeme, isCompound } of texts.flatMap(wordsOf)) {
    const known = sought.get(lexeme)
    if (known) known.count++
    else sought.set(lexeme, { lexeme, count: 1, isCompound })
  }
  return [...sought.values()]
}

/**
 * @returns the text of a `tsquery` that matches the passages with this term. A phrase must match exactly,
 *   apart from word endings. Null if the term has only stop words.
 */
export function termQuery({ kind, text }: Term): string | null {
  const words = wordsOf(text)
  if (words.length === 0) return null
  if (kind === 'phrase') return phraseQuery(words)
  // A compound counts as one word: `foo_bar` is not `foo`.
  return words.some(({ isCompound }) => isCompound) ? phraseQuery(words) : orQuery(words)
}

export function orQuery(words: Pick<Word, 'lexeme'>[]): string {
  return words.map(({ lexeme }) => quoteLexeme(lexeme)).join(' | ')
}

function phraseQuery(words: Word[]): string {
  const parts = new Map<number, Word>()
  for (const word of words) if (!word.isCompound) parts.set(word.position, word)
  const steps = [...parts.values()].map(({ lexeme, position }, index, all) => {
    const before = all[index - 1]
    const link = before ? ` <${position - before.position}> ` : ''
    return `${link}${quoteLexeme(lexeme)}`
  })
  const compounds = words
    .filter(({ isCompound }) => isCompound)
    .map(({ lexeme }) => quoteLexeme(lexeme))
  return [steps.length > 0 ? `(${steps.join('')})` : [], compounds].flat().join(' & ')
}

const QUOTED = /['\\]/

/** Quotes a lexeme for `tsquery` and `tsvector`. */
export function quoteLexeme(lexeme: string): string {
  if (!QUOTED.test(lexeme)) return `'${lexeme}'`
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
