import type { Queryable } from '../transaction.server.ts'
import { type FoundPassage, findByWords } from './find-by-words.ts'
import type { SoughtLexeme } from './lexemes.ts'
import { rankGroups, weightOf } from './rank.ts'
import type { RankedHit } from './ranked-hit.ts'
import type { Condition } from './restriction.ts'
import { readStatistics } from './statistics.ts'

export interface WordSearch {
  /** Distinct; none of them is required. */
  lexemes: SoughtLexeme[]
  repositoryIds: string[]
  conditions: Condition[]
  /** `tsquery` texts of what is required: looked for however common their words are. */
  required: string[]
}

export interface WordRanking {
  /** The best first. */
  ranked: RankedHit[]
  /** Of what was looked for, how much each lexeme says. */
  weights: Map<string, number>
  /** Whether hits that say only common words of the query may be missing. */
  isCut: boolean
}

/** The lexical arm: hits by the words they share with a query. */
export async function rankByWords(db: Queryable, search: WordSearch): Promise<WordRanking> {
  const statistics = await readStatistics(
    db,
    search.repositoryIds,
    search.lexemes.map(({ lexeme }) => lexeme),
  )
  const { lexemes, candidates, isCut } = await findByWords(db, { ...search, statistics })
  const { passages, averages, frequencies } = statistics
  const asked = lexemes.map(({ lexeme, count }) => ({
    passages: frequencies.get(lexeme) ?? 1,
    frequency: count,
  }))
  const groupLengths = await readLengths(db, candidates)
  const groups = rankGroups({ lexemes: asked, candidates, passages, averages, groupLengths })
  const owners = new Map(candidates.map((one) => [one.group, one]))
  return {
    ranked: groups.map((group) => {
      const { pullRequestId, repositoryId } = owners.get(group.group) as FoundPassage
      const passageIds = group.passages.map(({ id }) => id)
      return { pullRequestId, repositoryId, score: group.score, passageIds }
    }),
    weights: new Map(
      lexemes.map(({ lexeme }, at) => [lexeme, weightOf(asked[at] as (typeof asked)[0], passages)]),
    ),
    isCut,
  }
}

/** How much was said in the whole of each pull request, in words. */
async function readLengths(
  db: Queryable,
  candidates: FoundPassage[],
): Promise<Map<string, number>> {
  const ids = new Set(candidates.flatMap(({ pullRequestId }) => pullRequestId ?? []))
  const { rows } = await db.query<{ id: string; length: number }>(
    `select pull_request_id as id, sum(length)::int as length from passage
     where pull_request_id = any($1::bigint[]) group by pull_request_id`,
    [[...ids]],
  )
  return new Map(rows.map((row) => [row.id, row.length]))
}
