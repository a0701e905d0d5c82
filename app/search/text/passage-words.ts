/**
 * Computes the words of a passage for `passage.words`: a tsvector whose weights mark the place of each
 * word.
 */
import type { PassageKind } from '../query/query.ts'
import { OID_MARK, quoteLexeme } from './lexemes.ts'
import { wordsOf } from './words.ts'

/** The searchable fields of a passage. */
export interface Findable {
  kind: PassageKind
  /** For a commit, its oid. */
  sourceId: string
  part: number
  text: string
  path: string | null
  /** The pull request's title, for its description only. */
  title?: string | null | undefined
  number?: number | null | undefined
}

export interface PassageWords {
  /**
   * The text of a `tsvector`: A is the title, B the description, C what is not in the text itself, D
   * everything else.
   */
  vector: string
  /** Number of words in the text, without stop words and compounds. */
  length: number
}

type LexemeWeight = 'A' | 'B' | 'C' | 'D'

// Limits of tsvector: positions per lexeme, and the highest position.
const MOST_POSITIONS = 255
const LAST_POSITION = 16_383

export function wordsOfPassage(passage: Findable): PassageWords {
  const lexemes = new Map<string, string[]>()
  let last = 0
  function add(lexeme: string, position: number, weight: LexemeWeight): void {
    const positions = lexemes.get(lexeme)
    const place = `${Math.min(position, LAST_POSITION)}${weight}`
    if (!positions) lexemes.set(lexeme, [place])
    else if (positions.length < MOST_POSITIONS) positions.push(place)
    last = Math.max(last, position)
  }
  const words = wordsOf(passage.text)
  const isDescription = passage.kind === 'description'
  const titleEnd = isDescription && passage.part === 0 ? (passage.title ?? '').trim().length : 0
  for (const { lexeme, position, start, isPlainForm } of words)
    add(lexeme, position, start < titleEnd ? 'A' : isPlainForm ? 'C' : isDescription ? 'B' : 'D')
  // A pull request's number is part of its name.
  const weight = isDescription ? 'A' : 'C'
  for (const name of pathWords(passage)) {
    // The gap prevents a phrase from matching across the end of the text.
    const after = last + 100
    for (const { lexeme, position } of wordsOf(name)) add(lexeme, after + position, weight)
  }
  if (passage.kind === 'commit' && passage.part === 0)
    add(`${OID_MARK}${passage.sourceId.toLowerCase()}`, last + 100, 'C')
  return {
    vector: [...lexemes]
      .map(([lexeme, positions]) => `${quoteLexeme(lexeme)}:${positions.join(',')}`)
      .join(' '),
    length: words.filter(({ isCompound }) => !isCompound).length,
  }
}

/** Returns the names by which people refer to the source of the passage. */
function pathWords({ kind, sourceId, part, path, number }: Findable): string[] {
  if (part > 0) return []
  if (kind === 'commit') return [sourceId]
  if (kind === 'description') return number ? [`#${number}`] : []
  return path === null ? [] : [path]
}
