/**
 * Splits text into words, identically for stored text and for queries. English words are stemmed. Compounds
 * (`snake_case`, `camelCase`, paths, versions, `#123`) are found as a whole and by their parts, and a
 * commit by a prefix of its oid.
 */
import { stemmer } from 'stemmer'
import { isStopWord } from '../query/stop-words.ts'

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
  /** True if it is a compound, whose parts are words as well. */
  isCompound: boolean
}

const RUN =
  /#?[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*(?:(?:[.\-/:#@+'’\\]|::|:\/\/)[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)*/gu
const SPACELESS =
  '[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}]'
const WITHOUT_SPACES = new RegExp(SPACELESS, 'u')
const SIGN = '[\\p{L}\\p{N}\\p{M}]'
const NAME_PART = new RegExp(`(?:(?=${SPACELESS})${SIGN})+|(?:(?!${SPACELESS})${SIGN})+`, 'gu')
// Splits `camelCase` and `HTTPServer`, but keeps `PDUs` and `GREASEd` as one word.
const HUMP =
  /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})(?!\p{Lu}(?:s|ed|ing)(?![\p{L}\p{M}]))/u
// Fast path: most runs are a single plain word.
const PLAIN = /^[A-Za-z][a-z]*$/
const POSSESSIVE = /['’]s$/i
const CONTRACTION = /^\p{L}+['’]\p{L}{1,2}$/u
const NAME_OF_LETTERS = /^[a-z]+(?:[-_]+[a-z]+)*$/
const OID = /^(?=.*\d)[0-9a-f]{7,40}$/
const OID_PREFIX = 7
// Nothing longer is a name; a lexeme in Postgres has at most 2,046 bytes.
const LONGEST = 100
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
    for (const { lexeme, position, start, end, isCompound } of known.words)
      words.push({
        lexeme,
        position: before + position,
        start: index + start,
        end: index + end,
        isCompound,
      })
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
  const name = run.replace(POSSESSIVE, '')
  const parts = partsOf(name)
  const isCompound = parts.length > 1 || name.startsWith('#')
  if (isCompound)
    addCompound(words, name, { position: before + 1, start, end: start + name.length })
  let position = before
  for (const { text, offset } of parts) {
    position++
    if (WITHOUT_SPACES.test(text)) position = addPairs(words, text, position, start + offset)
    else if (!isCompound || text.length > 1)
      addPlain(words, text, { position, start: start + offset, end: start + offset + text.length })
  }
  return position
}

function partsOf(name: string): { text: string; offset: number }[] {
  const parts: { text: string; offset: number }[] = []
  for (const { 0: run, index } of name.matchAll(NAME_PART)) {
    let offset = index
    for (const text of run.split(HUMP)) {
      parts.push({ text, offset })
      offset += text.length
    }
  }
  return parts
}

type WordPlace = Pick<Word, 'position' | 'start' | 'end'>

function addCompound(words: Word[], name: string, place: WordPlace): void {
  if (name.length > LONGEST || WITHOUT_SPACES.test(name)) return
  const folded = fold(name)
  const lexeme = NAME_OF_LETTERS.test(folded) ? stemmer(folded.replace(/[-_]/g, '')) : folded
  add(words, lexeme, place, true)
}

function addPlain(words: Word[], text: string, place: WordPlace): void {
  if (text.length > LONGEST) return
  const folded = fold(text)
  if (isStopWord(folded)) return
  const isLong = OID.test(folded) && folded.length > OID_PREFIX
  if (isLong) add(words, folded.slice(0, OID_PREFIX), place, true)
  add(words, /^[a-z]+$/.test(folded) ? stemmer(folded) : folded, place, false)
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

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
