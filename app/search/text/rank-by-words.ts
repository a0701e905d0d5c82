import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Reader } from '#app/database/reader.server.ts'
import { findByWords } from './find-by-words.ts'
import { lexemesOf, type SoughtLexeme } from './lexemes.ts'
import type { MatchedPassage } from './passage-columns.ts'
import { rankGroups, weightOf } from './rank.ts'
import { type RankedHit, type Scored, SHOWN_PASSAGES } from './ranked-hit.ts'
import { readStatistics } from './statistics.ts'

export interface WordSearch {
  /** Distinct; none of them is required. */
  lexemes: SoughtLexeme[]
  repositoryIds: ReadableRepositoryId[]
  conditions: Condition[]
  /** `tsquery` texts of the required terms, searched for however common their words are. */
  required: string[]
}

export interface WordRanking {
  /** The best first. */
  ranked: RankedHit[]
  /** Weight of each lexeme that was searched for. */
  weights: Map<string, number>
  /** True if hits with only common words of the query may be missing. */
  isCut: boolean
}

/** The lexical arm: ranks hits by the words they share with a query. */
export async function rankByWords(db: Queryable, search: WordSearch): Promise<WordRanking> {
  const statistics = await readStatistics(
    db,
    search.repositoryIds,
    search.lexemes.map(({ lexeme }) => lexeme),
  )
  const found = await findByWords(db, { ...search, statistics })
  const { lexemes, candidates, groupLengths, isCut } = found
  const { passages, averages, frequencies } = statistics
  const queried = lexemes.map(({ lexeme, count }) => ({
    passages: frequencies.get(lexeme) ?? 1,
    frequency: count,
  }))
  const groups = rankGroups({ lexemes: queried, candidates, passages, averages, groupLengths })
  const owners = new Map<string, MatchedPassage>()
  for (const one of candidates) owners.set(one.group, one)
  return {
    ranked: groups.map((group) => {
      const { pullRequestId, repositoryId } = owners.get(group.group) as MatchedPassage
      const passageIds = group.passages.slice(0, SHOWN_PASSAGES).map(({ id }) => id)
      return { key: group.group, pullRequestId, repositoryId, score: group.score, passageIds }
    }),
    weights: new Map(
      lexemes.map(({ lexeme }, index) => [
        lexeme,
        weightOf(queried[index] as (typeof queried)[0], passages),
      ]),
    ),
    isCut,
  }
}

/**
 * Finds pull requests by words and returns their ids and scores, best first. The conditions are applied
 * within the search, as in `findByVector`.
 */
export type LexicalArm = (queried: {
  text: string
  repositoryIds: ReadableRepositoryId[]
  conditions: Condition[]
  limit: number
}) => Promise<Scored[]>

/** Ranks pull requests by the words of a text, for `calibrate.ts`. */
export function knownItemsByWords(reader: Reader): LexicalArm {
  return async ({ text, repositoryIds, conditions, limit }) => {
    const search = { lexemes: lexemesOf([text]), repositoryIds, conditions, required: [] }
    const { ranked } = await reader.run((db) => rankByWords(db, search))
    return ranked
      .slice(0, limit)
      .flatMap(({ pullRequestId, score }) => (pullRequestId ? { key: pullRequestId, score } : []))
  }
}
