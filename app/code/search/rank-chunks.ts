/**
 * Ranks chunks of code by the words of a query, from counts alone. docs/code.md has what was measured.
 */
import { weightOf } from '#app/search/text/rank.ts'

export interface RankedChunk {
  id: string
  /** The file that it is a part of. */
  file: string
  /** True if it ranks below others: tests, unless they are asked for. */
  isDemoted: boolean
  /** Number of words of its text. */
  length: number
  /** How often each lexeme of the query occurs, weighted by `FIELDS`. */
  counts: ArrayLike<number>
}

export interface ChunkRanking {
  lexemes: {
    /** Number of chunks in scope that contain it. */
    chunks: number
    /** Number of occurrences in the query. */
    frequency: number
  }[]
  candidates: RankedChunk[]
  /** Number of chunks in scope, and their words on average. */
  chunks: number
  averageLength: number
}

export interface ScoredChunk {
  id: string
  file: string
  score: number
}

/** How many occurrences in the text one in the symbol and one in the path are worth. */
export const FIELDS = { symbol: 8, path: 3, text: 1 }

export const RANKING = {
  /** BM25: how soon repetition stops adding to the score, and how much length lowers it. */
  k: 2,
  b: 0.75,
  /** How much all candidates of a file, taken as one text, add to the score of each. */
  file: 0.1,
  demoted: 0.75,
}

/** Returns the chunks, best first. Takes about a millisecond for 3,000 candidates and 32 lexemes. */
export function rankChunks(ranking: ChunkRanking, by = RANKING): ScoredChunk[] {
  const weights = ranking.lexemes.map(({ chunks, frequency }) =>
    weightOf({ passages: chunks, frequency }, ranking.chunks),
  )
  const average = Math.max(1, ranking.averageLength)
  function score(counts: ArrayLike<number>, length: number): number {
    const norm = by.k * (1 - by.b + (by.b * length) / average)
    let sum = 0
    for (const [at, weight] of weights.entries()) {
      const count = counts[at] as number
      if (count > 0) sum += (weight * count * (by.k + 1)) / (count + norm)
    }
    return sum
  }
  const files = new Map(
    [...wholeFiles(ranking.candidates)].map(([file, { counts, length }]) => [
      file,
      score(counts, length),
    ]),
  )
  return ranking.candidates
    .map(({ id, file, isDemoted, length, counts }) => {
      const both = score(counts, length) + by.file * (files.get(file) as number)
      return { id, file, score: isDemoted ? by.demoted * both : both }
    })
    .sort((a, b) => b.score - a.score)
}

/** Adds up the candidates of each file. */
function wholeFiles(candidates: RankedChunk[]): Map<string, { counts: number[]; length: number }> {
  const files = new Map<string, { counts: number[]; length: number }>()
  for (const { file, counts, length } of candidates) {
    const known = files.get(file)
    if (!known) {
      files.set(file, { counts: Array.from(counts), length })
      continue
    }
    known.length += length
    for (let at = 0; at < counts.length; at++)
      known.counts[at] = (known.counts[at] as number) + (counts[at] as number)
  }
  return files
}
