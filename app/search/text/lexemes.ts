/** Returns the lexemes of a query and its phrases as `tsquery` texts. */
import type { Phrase, Term } from '../query/query.ts'
import { WITHOUT_SPACES, type Word, wordsOf } from './words.ts'

export interface SoughtLexeme {
  lexeme: string
  /** Number of occurrences in the query. */
  count: number
  /** True if it is a compound, whose parts are searched for as well. */
  isCompound: boolean
  /** True if it finds every word that begins with it. */
  isPrefix?: true
}

/** Begins the lexeme of a commit's oid, so that words such as `deadlock` are not found by `dead`. */
export const OID_MARK = 'oid:'
const HEX = /(?<![\p{L}\p{N}_])[0-9a-f]{4,40}(?![\p{L}\p{N}_])/giu
const MOST_OIDS = 4

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
 * Returns the beginnings that a query may consist of: of an oid from four digits on, and of a word of which the
 * query has only the first sign, in a script without spaces. A word such as `feed` or a number is an oid only
 * if nothing else is searched for.
 */
export function prefixesOf(texts: string[]): SoughtLexeme[] {
  const text = texts.join(' ').trim()
  const oids = [...text.matchAll(HEX)].map(([oid]) => oid.toLowerCase())
  const meant = oids.filter(
    (oid) =>
      oid.length === text.length || (/[a-f]/.test(oid) && (oid.length >= 7 || /\d/.test(oid))),
  )
  const prefixes = [...new Set(meant)].slice(0, MOST_OIDS).map((oid) => `${OID_MARK}${oid}`)
  const signs = text
    .split(/\s+/)
    .filter((word) => [...word].length === 1 && WITHOUT_SPACES.test(word))
  return [...prefixes, ...signs].map((lexeme) => ({
    lexeme,
    count: 1,
    isCompound: true,
    isPrefix: true,
  }))
}

/**
 * @returns the text of a `tsquery` that matches the passages with this term. A phrase must match exactly,
 *   apart from word endings. Null if the term has only stop words.
 */
export function termQuery({ kind, text }: Term | Phrase): string | null {
  const words = wordsOf(text)
  if (words.length === 0) return null
  if (kind === 'phrase') return phraseQuery(words)
  // A compound counts as one word: `foo_bar` is not `foo`.
  const isName = words.some((word) => word.isCompound && !word.isPlainForm)
  return isName ? phraseQuery(words) : orQuery(words)
}

export function orQuery(words: Pick<SoughtLexeme, 'lexeme' | 'isPrefix'>[]): string {
  return words
    .map(({ lexeme, isPrefix }) => `${quoteLexeme(lexeme)}${isPrefix ? ':*' : ''}`)
    .join(' | ')
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
