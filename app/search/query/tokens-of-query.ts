/** Splits a query into words, phrases, qualifiers and operators, in order. */
import { MEANT, ONLY_GITHUBS, QUALIFIERS } from './qualifier-names.ts'
import { nearestOf } from './suggest.ts'

export interface QualifierToken {
  kind: 'qualifier'
  negated: boolean
  /** The name as typed. */
  name: string
  /** The comma-separated values without their quotes; none is empty. */
  values: string[]
  /** The values as one string with the commas, for names that may contain one. */
  rawValue: string
}

export interface TermToken {
  kind: 'word' | 'phrase'
  negated: boolean
  text: string
}

interface OperatorToken {
  kind: 'operator'
  word: 'OR' | 'AND' | 'NOT'
}

export type Token = QualifierToken | TermToken | OperatorToken

interface TokenReader {
  text: string
  offset: number
  tokens: Token[]
  /** True if an opening quote is never closed. */
  isUnbalanced: boolean
  /** True if there are parentheses that would group terms if grouping were supported. */
  hasGroups: boolean
}

const SPACE = /[\s()]*/y
const NAME = /([a-z][a-z_-]+):/iy
const NEXT_WORD = /\S*/y
const QUOTE = /["“”]/
const CLOSING = /["“”]/g
// Values that suggest an unknown qualifier: `autor:bob`, but not `node:fs/promises` or `localhost:3000`.
const QUALIFYING = /^(?:["“@]|[<>]=?\d|\p{L}[\p{L}\p{N}_,-]*\)*$)/u
// A shorter name resembles a qualifier by chance: `port:8080` is not a misspelt `sort:`.
const TELLING_LENGTH = 5

/** Splits a query in linear time and never fails. */
export function tokensOfQuery(
  text: string,
): Pick<TokenReader, 'tokens' | 'isUnbalanced' | 'hasGroups'> {
  const reader: TokenReader = { text, offset: 0, tokens: [], isUnbalanced: false, hasGroups: false }
  skipSpace(reader)
  while (reader.offset < text.length) {
    readToken(reader)
    skipSpace(reader)
  }
  return reader
}

function skipSpace(reader: TokenReader): void {
  if (take(reader, SPACE).includes('(')) reader.hasGroups = true
}

function readToken(reader: TokenReader): void {
  const negated = isMinus(reader)
  if (negated) {
    reader.offset++
    skipSpace(reader)
  }
  if (QUOTE.test(reader.text[reader.offset] ?? '')) {
    reader.tokens.push({ kind: 'phrase', negated, text: readQuoted(reader) })
    return
  }
  const name = nameAhead(reader)
  if (name !== null) {
    reader.offset += name.length + 1
    reader.tokens.push({ kind: 'qualifier', negated, name, ...readValues(reader) })
    return
  }
  const word = withoutParentheses(take(reader, NEXT_WORD))
  if (!negated && (word === 'OR' || word === 'AND' || word === 'NOT'))
    reader.tokens.push({ kind: 'operator', word })
  else if (word !== '') reader.tokens.push({ kind: 'word', negated, text: word })
}

/**
 * Returns true if a minus negates the next term: not in `--flag`, `-1` or `->`, nor after a quote as in
 * `"augment"-ing`.
 */
function isMinus({ text, offset }: TokenReader): boolean {
  const isFirst = offset === 0 || /[\s(]/.test(text[offset - 1] ?? '')
  return isFirst && /^-[\p{L}_"“”(#@/]/u.test(text.slice(offset, offset + 3))
}

/**
 * Returns the name of the qualifier that starts here; null if this is text that happens to contain a colon.
 */
function nameAhead({ text, offset }: TokenReader): string | null {
  NAME.lastIndex = offset
  const name = NAME.exec(text)?.[1]
  if (name === undefined) return null
  NEXT_WORD.lastIndex = offset + name.length + 1
  const rest = NEXT_WORD.exec(text)?.[0] ?? ''
  if (/^(?::|\/\/)/.test(rest)) return null
  const known = name.toLowerCase()
  if (QUALIFIERS.has(known)) return name
  if (rest === '') return null
  const isMeant =
    ONLY_GITHUBS.has(known) ||
    (known.length >= TELLING_LENGTH && (MEANT.has(known) || nearestOf(known, QUALIFIERS) !== null))
  return isMeant || QUALIFYING.test(rest) ? name : null
}

function readValues(reader: TokenReader): Pick<QualifierToken, 'values' | 'rawValue'> {
  const { text } = reader
  const values: string[] = []
  for (;;) {
    const quoted = QUOTE.test(text[reader.offset] ?? '') ? readQuoted(reader) : ''
    const plain = take(reader, /[^\s,]*/y)
    values.push((quoted + withoutParentheses(plain)).trim())
    if (text[reader.offset] !== ',') break
    reader.offset++
  }
  return { values: values.filter(Boolean), rawValue: values.join(',') }
}

/** Reads a quoted string. The reader is at the opening quote. */
function readQuoted(reader: TokenReader): string {
  const start = reader.offset + 1
  CLOSING.lastIndex = start
  const end = CLOSING.exec(reader.text)?.index
  if (end === undefined) reader.isUnbalanced = true
  reader.offset = end === undefined ? reader.text.length : end + 1
  return reader.text.slice(start, end).trim()
}

function take(reader: TokenReader, pattern: RegExp): string {
  pattern.lastIndex = reader.offset
  const taken = pattern.exec(reader.text)?.[0] ?? ''
  reader.offset += taken.length
  return taken
}

/** Removes trailing parentheses that close nothing in the word. */
function withoutParentheses(word: string): string {
  return word.includes('(') ? word : word.replace(/\)+$/, '')
}
