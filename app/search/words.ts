/**
 * Words as they are searched: the same for what people wrote and for what they ask. English words are
 * stemmed; what has an inner structure (`snake_case`, `camelCase`, paths, versions, `#123`) is found
 * whole and in parts, and a commit by the beginning of its oid.
 */
import { stemmer } from 'stemmer'
import { isStopWord } from './stop-words.ts'

export interface Word {
  /** What is compared: lower case, stemmed where it is a plain word. */
  lexeme: string
  /** Counts words, stop words too: phrases are words whose positions follow each other. From 1. */
  position: number
  /** [start, end) in the text, UTF-16 units. */
  start: number
  end: number
  /** Whether it stands for several parts, each of which is a word too. */
  isWhole: boolean
}

const RUN = /#?[\p{L}\p{N}\p{M}_]+(?:(?:[.\-/:#@+'’\\]|:\/\/)[\p{L}\p{N}\p{M}_]+)*/gu
const PART = /[\p{L}\p{M}\p{N}]+/gu
const HUMP = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const POSSESSIVE = /['’]s$/i
const CONTRACTION = /^\p{L}+['’]\p{L}{1,2}$/u
const WITHOUT_SPACES =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u
const OID = /^(?=.*\d)[0-9a-f]{7,40}$/
const OID_PREFIX = 7
// What is longer is no name of anything; a lexeme has 2,046 bytes at most.
const LONGEST = 100

/** The words of a text in order; stop words are left out, but count for positions. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let position = 0
  for (const { 0: run, index } of text.matchAll(RUN)) position = addRun(words, run, index, position)
  return words
}

/** @returns the position of the run's last part. */
function addRun(words: Word[], run: string, start: number, before: number): number {
  const end = start + run.length
  const add = (lexeme: string, position: number, place: [number, number], isWhole = false) =>
    words.push({ lexeme, position, start: place[0], end: place[1], isWhole })
  if (CONTRACTION.test(run) && !POSSESSIVE.test(run)) {
    addPlain(words, run.replace(/['’]/, ''), before + 1, [start, end])
    return before + 1
  }
  const name = run.replace(POSSESSIVE, '')
  const parts = partsOf(name)
  const isCompound = parts.length > 1 || name.startsWith('#')
  if (isCompound && name.length <= LONGEST)
    add(fold(name), before + 1, [start, start + name.length], true)
  let position = before
  for (const part of parts) {
    position++
    const place: [number, number] = [start + part.at, start + part.at + part.text.length]
    if (isCompound && part.text.length === 1) continue
    if (WITHOUT_SPACES.test(part.text)) position = addPairs(words, part.text, position, place[0])
    else addPlain(words, part.text, position, place)
  }
  return position
}

function partsOf(name: string): { text: string; at: number }[] {
  const parts: { text: string; at: number }[] = []
  for (const { 0: run, index } of name.matchAll(PART)) {
    let at = index
    for (const text of run.split(HUMP)) {
      parts.push({ text, at })
      at += text.length
    }
  }
  return parts
}

function addPlain(
  words: Word[],
  text: string,
  position: number,
  [start, end]: [number, number],
): void {
  const folded = fold(text)
  if (folded.length > LONGEST || isStopWord(folded)) return
  if (OID.test(folded))
    words.push({
      lexeme: folded.slice(0, OID_PREFIX),
      position,
      start,
      end,
      isWhole: folded.length > OID_PREFIX,
    })
  const lexeme = /^[a-z]+$/.test(folded) ? stemmer(folded) : folded
  if (!OID.test(folded) || folded.length > OID_PREFIX)
    words.push({ lexeme, position, start, end, isWhole: false })
}

/** A script without spaces is told by its pairs of signs. */
function addPairs(words: Word[], text: string, first: number, start: number): number {
  const signs = [...text]
  let at = start
  let position = first
  for (const [index, sign] of signs.entries()) {
    const pair = sign + (signs[index + 1] ?? '')
    if (index === 0 || index + 1 < signs.length) {
      words.push({ lexeme: fold(pair), position, start: at, end: at + pair.length, isWhole: false })
      position++
    }
    at += sign.length
  }
  return position - 1
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
