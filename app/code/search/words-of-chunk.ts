import { quoteLexeme } from '#app/search/text/lexemes.ts'
import { codeWords } from '../chunks/code-words.ts'

/** The searchable fields of a chunk. */
export interface FindableChunk {
  path: string
  symbol: string | null
  text: string
}

export interface ChunkWords {
  /** The text of a `tsvector`: A is the symbol, B the path, D the code. */
  vector: string
  /** Number of words of the code. */
  length: number
}

// Limits of tsvector: positions per lexeme, and the highest position.
const MOST_POSITIONS = 255
const LAST_POSITION = 16_383

/**
 * Returns the words of a chunk. A signature has no weight of its own: its words are in the code of the chunk
 * already, and to count them once more changed no ranking.
 */
export function wordsOfChunk({ path, symbol, text }: FindableChunk): ChunkWords {
  const lexemes = new Map<string, string[]>()
  let at = 0
  function add(field: string, weight: 'A' | 'B' | 'D'): number {
    const words = codeWords(field)
    for (const lexeme of words) {
      at = Math.min(at + 1, LAST_POSITION)
      const positions = lexemes.get(lexeme)
      if (!positions) lexemes.set(lexeme, [`${at}${weight}`])
      else if (positions.length < MOST_POSITIONS) positions.push(`${at}${weight}`)
    }
    return words.length
  }
  if (symbol !== null) add(symbol, 'A')
  add(path, 'B')
  const length = add(text, 'D')
  return {
    vector: [...lexemes]
      .map(([lexeme, positions]) => `${quoteLexeme(lexeme)}:${positions.join(',')}`)
      .join(' '),
    length,
  }
}
