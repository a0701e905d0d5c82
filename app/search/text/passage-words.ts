/** A passage's words as `passage.words` holds them: a tsvector, whose weights tell where a word stands. */
import type { PassageKind } from '../query/query.ts'
import { quoteLexeme } from './lexemes.ts'
import { wordsOf } from './words.ts'

/** What a passage is found by. */
export interface Findable {
  kind: PassageKind
  /** Of a commit its oid. */
  sourceId: string
  part: number
  text: string
  path: string | null
  /** Of the pull request, where it is its description. */
  title?: string | null | undefined
  number?: number | null | undefined
}

export interface PassageWords {
  /** The text of a `tsvector`: A title, B description, C what is not in the text itself, D all else. */
  vector: string
  /** Words that are said in the text; those that say nothing by themselves and wholes are not counted. */
  length: number
}

type Weight = 'A' | 'B' | 'C' | 'D'

// tsvector holds no more positions of one lexeme, and no higher ones.
const MOST_POSITIONS = 255
const LAST_POSITION = 16_383

export function wordsOfPassage(passage: Findable): PassageWords {
  const lexemes = new Map<string, string[]>()
  let last = 0
  function add(lexeme: string, position: number, weight: Weight): void {
    const positions = lexemes.get(lexeme)
    const place = `${Math.min(position, LAST_POSITION)}${weight}`
    if (!positions) lexemes.set(lexeme, [place])
    else if (positions.length < MOST_POSITIONS) positions.push(place)
    last = Math.max(last, position)
  }
  const words = wordsOf(passage.text)
  const isDescription = passage.kind === 'description'
  const titleEnd = isDescription && passage.part === 0 ? (passage.title ?? '').trim().length : 0
  for (const { lexeme, position, start } of words)
    add(lexeme, position, start < titleEnd ? 'A' : isDescription ? 'B' : 'D')
  // A pull request's number is a part of what it is called.
  const weight = isDescription ? 'A' : 'C'
  for (const name of namesOf(passage)) {
    // Far from the text, so that no phrase reaches from one into the other.
    const after = last + 100
    for (const { lexeme, position } of wordsOf(name)) add(lexeme, after + position, weight)
  }
  return {
    vector: [...lexemes].map(([lexeme, at]) => `${quoteLexeme(lexeme)}:${at.join(',')}`).join(' '),
    length: words.filter(({ isWhole }) => !isWhole).length,
  }
}

/** What people call it by. */
function namesOf({ kind, sourceId, part, path, number }: Findable): string[] {
  if (part > 0) return []
  if (kind === 'commit') return [sourceId]
  if (kind === 'description') return number ? [`#${number}`] : []
  return path === null ? [] : [path]
}
