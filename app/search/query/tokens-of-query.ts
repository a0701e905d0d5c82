/** Splits a query into words, phrases, qualifiers, operators and parentheses, in order. */
import { MEANT, ONLY_CODES, ONLY_GITHUBS, QUALIFIERS } from './qualifier-names.ts'
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

interface TermToken {
  kind: 'term' | 'phrase'
  negated: boolean
  text: string
}

interface OperatorToken {
  kind: 'operator'
  word: 'OR' | 'NOT'
}

/** An opening parenthesis. */
interface GroupToken {
  kind: 'group'
  negated: boolean
}

/** The parenthesis that closes the last open group. */
interface EndToken {
  kind: 'end'
}

export type LeafToken = QualifierToken | TermToken
export type Token = LeafToken | OperatorToken | GroupToken | EndToken

interface TokenReader {
  text: string
  offset: number
  tokens: Token[]
  /** The open parentheses: those that group, and those within a word, as in `f(x, y)`. */
  open: ('group' | 'word')[]
  /** True if an opening quote is never closed. */
  hasOpenQuote: boolean
  /** True if a group is never closed; it then ends with the query. */
  hasOpenGroup: boolean
  /** True if a parenthesis closes nothing. */
  hasStrayEnd: boolean
  /** True if there are more groups in each other than are read. */
  isTooDeep: boolean
}

/** Maximum number of groups in each other. */
export const GROUP_DEPTH = 8

const SPACE = /\s*/y
const NAME = /([a-z][a-z_-]+):/iy
const NEXT_WORD = /\S*/y
const QUOTE = /["“”]/
const CLOSING = /["“”]/g
// Values that suggest an unknown qualifier: `autor:bob`, but not `node:fs/promises` or `localhost:3000`.
const QUALIFYING = /^(?:["“@]|[<>]=?\d|\p{L}[\p{L}\p{N}_,-]*\)*$)/u
// A shorter name resembles a qualifier by chance: `port:8080` is not a misspelt `sort:`.
const TELLING_LENGTH = 5

/** Splits a query in linear time and never fails. Every group in the tokens ends. */
export function tokensOfQuery(text: string): Omit<TokenReader, 'text' | 'offset' | 'open'> {
  const reader: TokenReader = {
    ...{ text, offset: 0, tokens: [], open: [] },
    ...{ hasOpenQuote: false, hasOpenGroup: false, hasStrayEnd: false, isTooDeep: false },
  }
  take(reader, SPACE)
  while (reader.offset < text.length) {
    readToken(reader)
    take(reader, SPACE)
  }
  reader.hasOpenGroup = reader.open.includes('group')
  while (reader.open.length > 0) closeGroup(reader)
  return reader
}

function readToken(reader: TokenReader): void {
  const negated = isMinus(reader)
  if (negated) reader.offset++
  const next = reader.text[reader.offset] ?? ''
  if (next === '(') openGroup(reader, negated)
  else if (next === ')') closeGroup(reader)
  else if (QUOTE.test(next))
    reader.tokens.push({ kind: 'phrase', negated, text: readQuoted(reader) })
  else readWord(reader, negated)
}

function openGroup(reader: TokenReader, negated: boolean): void {
  reader.offset++
  const depth = reader.open.filter((one) => one === 'group').length
  if (depth < GROUP_DEPTH) reader.tokens.push({ kind: 'group', negated })
  else reader.isTooDeep = true
  reader.open.push(depth < GROUP_DEPTH ? 'group' : 'word')
}

/** Reads a parenthesis that closes the last one that is open. */
function closeGroup(reader: TokenReader): void {
  reader.offset++
  const last = reader.open.pop()
  if (last === 'group') reader.tokens.push({ kind: 'end' })
  else if (last === undefined) reader.hasStrayEnd = true
}

function readWord(reader: TokenReader, negated: boolean): void {
  const name = nameAhead(reader)
  if (name !== null) {
    reader.offset += name.length + 1
    reader.tokens.push({ kind: 'qualifier', negated, name, ...readValues(reader) })
    return
  }
  const word = takeWord(reader, NEXT_WORD)
  if (!negated && (word === 'OR' || word === 'NOT')) reader.tokens.push({ kind: 'operator', word })
  // Both sides of an `AND` must hold anyway.
  else if (word !== '' && (negated || word !== 'AND'))
    reader.tokens.push({ kind: 'term', negated, text: word })
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
    ONLY_CODES.has(known) ||
    (known.length >= TELLING_LENGTH && (MEANT.has(known) || nearestOf(known, QUALIFIERS) !== null))
  return isMeant || QUALIFYING.test(rest) ? name : null
}

function readValues(reader: TokenReader): Pick<QualifierToken, 'values' | 'rawValue'> {
  const { text } = reader
  const values: string[] = []
  for (;;) {
    const quoted = QUOTE.test(text[reader.offset] ?? '') ? readQuoted(reader) : ''
    values.push((quoted + takeWord(reader, /[^\s,]*/y)).trim())
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
  if (end === undefined) reader.hasOpenQuote = true
  reader.offset = end === undefined ? reader.text.length : end + 1
  return reader.text.slice(start, end).trim()
}

function take(reader: TokenReader, pattern: RegExp): string {
  pattern.lastIndex = reader.offset
  const taken = pattern.exec(reader.text)?.[0] ?? ''
  reader.offset += taken.length
  return taken
}

/**
 * Takes a word without the parentheses at its end that close nothing in it, and leaves those to the next token.
 */
function takeWord(reader: TokenReader, pattern: RegExp): string {
  const taken = take(reader, pattern)
  const excess = taken.split('(').length - taken.split(')').length
  for (let open = 0; open < excess; open++) reader.open.push('word')
  const ends = Math.min(-excess, /\)*$/.exec(taken)?.[0].length ?? 0)
  if (ends <= 0) return taken
  reader.offset -= ends
  return taken.slice(0, -ends)
}
