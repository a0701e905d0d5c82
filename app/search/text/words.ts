/**
 * Splits text into words, identically for stored text and for queries. English words are stemmed. Compounds
 * (`snake_case`, `camelCase`, paths, `#123`) are found as a whole and by their parts, versions by their first
 * numbers, words with accents without them, and a commit by a prefix of its oid.
 */
import { stemmer } from 'stemmer'
import { isStopWord } from '../query/stop-words.ts'
import { plainForm } from './plain-form.ts'
import { readVersion } from './versions.ts'

export interface Word {
  /**
   * The normalised form for comparison: NFKC, lower case, at most 100 UTF-16 units. English words are
   * stemmed, and compounds of letters have one form, whether written `key-package`, `key_package` or
   * `KeyPackages`.
   */
  lexeme: string
  /**
   * Position among all words including stop words, from 1: a phrase is a sequence of consecutive positions.
   */
  position: number
  /** [start, end) in the text, in UTF-16 units. */
  start: number
  end: number
  /** True if it is another name of something at this position, such as a compound of words. */
  isCompound: boolean
  /** True if it is a word without the accents that the text has. */
  isPlainForm?: true
}

const RUN =
  /#?[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*(?:(?:[.\-/:#@+'’\\]|::|:\/\/)[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)*(?:\+\+(?![\p{L}_+])|(?<=(?<![\p{L}\p{N}_])[A-Za-z])#(?![\p{L}\p{N}_#]))?|\p{Extended_Pictographic}/gu
// Words or their endings follow each other without a space.
const SPACELESS = `[${[
  'Han',
  'Hiragana',
  'Katakana',
  'Thai',
  'Lao',
  'Khmer',
  'Hangul',
  'Myanmar',
  'Tibetan',
]
  .map((script) => `\\p{scx=${script}}`)
  .join('')}]`
export const WITHOUT_SPACES = new RegExp(SPACELESS, 'u')
const SIGN = '[\\p{L}\\p{N}\\p{M}]'
const NAME_PART = new RegExp(`(?:(?=${SPACELESS})${SIGN})+|(?:(?!${SPACELESS})${SIGN})+`, 'gu')
// Splits `camelCase` and `HTTPServer`, but keeps `PDUs` and `GREASEd` as one word.
export const HUMP =
  /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})(?!\p{Lu}(?:s|ed|ing)(?![\p{L}\p{M}]))/u
// Fast path: most runs are a single plain word.
const PLAIN = /^[A-Za-z][a-z]*$/
const PICTOGRAPH = /^\p{Extended_Pictographic}$/u
const LAST_SIGN = /(?:\+\+|(?<=[A-Za-z])#)$/
const POSSESSIVE = /['’]s$/i
const CONTRACTION = /^\p{L}+['’]\p{L}{1,2}$/u
const NAME_OF_LETTERS = /^[a-z]+(?:[-_]+[a-z]+)*$/
const OID = /^(?=.*\d)[0-9a-f]{7,40}$/
const OID_PREFIX = 7
// Nothing longer is a name; a lexeme in Postgres has at most 2,046 bytes.
export const LONGEST = 100
const KEPT_RUNS = 10_000
const LONGEST_KEPT = 32

/** Characters between spaces: the words as if this were the whole text, and the position of the last part. */
interface WordRun {
  words: Word[]
  last: number
}

// A cache: a few thousand runs make up nearly all text.
const kept = new Map<string, WordRun>()

/** Splits a text into words in linear time. Stop words are omitted, but take up a position. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let before = 0
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const known = kept.get(run) ?? readRun(run)
    for (const { lexeme, position, start, end, isCompound, isPlainForm } of known.words) {
      const word: Word = {
        lexeme,
        position: before + position,
        start: index + start,
        end: index + end,
        isCompound,
      }
      if (isPlainForm) word.isPlainForm = true
      words.push(word)
    }
    before += known.last
  }
  return words
}

function readRun(run: string): WordRun {
  const isKept = run.length <= LONGEST_KEPT
  // A copy: a substring would keep the entire text in memory.
  const own = isKept ? Buffer.from(run).toString() : run
  const words: Word[] = []
  const read = { words, last: addRun(words, own, 0, 0) }
  if (isKept) {
    if (kept.size >= KEPT_RUNS) kept.clear()
    kept.set(own, read)
  }
  return read
}

/** @returns the position of the run's last part. */
function addRun(words: Word[], run: string, start: number, before: number): number {
  if (PLAIN.test(run)) {
    addPlain(words, run, { position: before + 1, start, end: start + run.length })
    return before + 1
  }
  if (CONTRACTION.test(run) && !POSSESSIVE.test(run)) {
    const word = run.replace(/['’]/, '')
    addPlain(words, word, { position: before + 1, start, end: start + run.length })
    return before + 1
  }
  if (PICTOGRAPH.test(run)) {
    add(words, run, { position: before + 1, start, end: start + run.length }, false)
    return before + 1
  }
  const name = run.replace(POSSESSIVE, '')
  const parts = partsOf(name)
  const [first] = parts
  const isNamedOtherwise = first && (first.version || LAST_SIGN.test(name)) && first.text !== name
  const isCompound = parts.length > 1 || name.startsWith('#') || Boolean(isNamedOtherwise)
  if (isCompound)
    addCompound(words, name, { position: before + 1, start, end: start + name.length })
  let position = before
  for (const { text, offset, version } of parts) {
    position++
    if (version) addVersion(words, version, { position, ...placeAt(start + offset, text) })
    else if (WITHOUT_SPACES.test(text)) position = addPairs(words, text, position, start + offset)
    else if (!isCompound || text.length > 1)
      addPlain(words, text, { position, ...placeAt(start + offset, text) })
  }
  return position
}

function placeAt(start: number, text: string): { start: number; end: number } {
  return { start, end: start + text.length }
}

interface RunPart {
  text: string
  offset: number
  /** The version, and those that begin it: `1.2.3`, `1.2`. */
  version?: string[]
}

function partsOf(name: string): RunPart[] {
  const sign = LAST_SIGN.exec(name)?.[0] ?? ''
  const version = readVersion(name)
  const parts = version
    ? [
        ...wordParts(name.slice(0, version.start), 0),
        {
          text: name.slice(version.start, version.end),
          offset: version.start,
          version: version.forms,
        },
        ...wordParts(name.slice(version.end), version.end),
      ]
    : wordParts(name, 0)
  const last = parts.at(-1)
  // `C++` and `C#` are not `C`, but `libstdc++` is `libstdc` too.
  if (last && sign !== '' && last.text.length === 1) last.text += sign
  return parts
}

function wordParts(name: string, start: number): RunPart[] {
  const parts: RunPart[] = []
  for (const { 0: run, index } of name.matchAll(NAME_PART)) {
    let offset = start + index
    for (const text of run.split(HUMP)) {
      parts.push({ text, offset })
      offset += text.length
    }
  }
  return parts
}

function addVersion(words: Word[], [version = '', ...shorter]: string[], place: WordPlace): void {
  add(words, version, place, false)
  for (const lexeme of shorter) add(words, lexeme, place, true)
}

type WordPlace = Pick<Word, 'position' | 'start' | 'end'>

function addCompound(words: Word[], name: string, place: WordPlace): void {
  if (name.length > LONGEST || WITHOUT_SPACES.test(name)) return
  const folded = fold(name)
  const lexeme = joinedName(folded)
  add(words, lexeme, place, true)
  addPlainForm(words, lexeme, joinedName(plainForm(folded)), place)
}

export function joinedName(name: string): string {
  return NAME_OF_LETTERS.test(name) ? stemmer(name.replace(/[-_]/g, '')) : name
}

function addPlainForm(words: Word[], lexeme: string, plain: string, place: WordPlace): void {
  if (plain === lexeme || plain === '' || plain.length > LONGEST) return
  words.push({ lexeme: plain, ...place, isCompound: true, isPlainForm: true })
}

function addPlain(words: Word[], text: string, place: WordPlace): void {
  if (text.length > LONGEST) return
  const folded = fold(text)
  if (isStopWord(folded)) return
  const isLong = OID.test(folded) && folded.length > OID_PREFIX
  if (isLong) add(words, folded.slice(0, OID_PREFIX), place, true)
  const lexeme = stemmed(folded)
  add(words, lexeme, place, false)
  addPlainForm(words, lexeme, stemmed(plainForm(folded)), place)
}

export function stemmed(word: string): string {
  return /^[a-z]+$/.test(word) ? stemmer(word) : word
}

/** Splits text in a script without spaces into overlapping pairs of characters. */
function addPairs(words: Word[], text: string, first: number, start: number): number {
  const signs = [...text]
  let offset = start
  let position = first
  for (const [index, sign] of signs.entries()) {
    const pair = sign + (signs[index + 1] ?? '')
    if (index === 0 || index + 1 < signs.length) {
      add(words, fold(pair), { position, start: offset, end: offset + pair.length }, false)
      position++
    }
    offset += sign.length
  }
  return position - 1
}

// Folding can expand a character, so the length is checked afterwards.
function add(words: Word[], lexeme: string, place: WordPlace, isCompound: boolean): void {
  if (lexeme.length <= LONGEST) words.push({ lexeme, ...place, isCompound })
}

export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
