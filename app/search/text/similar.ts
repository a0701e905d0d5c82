/** Implements `similar:#123`, which uses a pull request as a query. */

import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { Similar } from '../query/query.ts'
import { lexemesOf, type SoughtLexeme } from './lexemes.ts'
import { readStatistics } from './statistics.ts'

// Number of the model's most distinctive lexemes to search for.
const LEXEMES = 24
const CONSIDERED = 400
const PASSAGES = 50

interface NamedPull {
  pullRequestId: ReadablePullRequestId
  /** `owner/name#number` */
  name: string
}

/** A pull request to compare with. */
interface Model {
  pullRequestId: ReadablePullRequestId
  lexemes: SoughtLexeme[]
}

/** Reads the pull request that the query names; null if there is none. */
export async function readModel(
  db: Queryable,
  similar: Similar,
  repositoryIds: ReadableRepositoryId[],
): Promise<{ model: Model | null; warnings: string[] }> {
  const { named, warnings } = await findModel(db, similar, repositoryIds)
  if (!named) return { model: null, warnings }
  const { pullRequestId } = named
  const lexemes = await lexemesOfModel(db, pullRequestId, repositoryIds)
  return { model: { pullRequestId, lexemes }, warnings }
}

/**
 * Finds the pull request that the query names. If only a number was given, it is the most recently updated
 * one in scope.
 */
async function findModel(
  db: Queryable,
  similar: Similar,
  repositoryIds: ReadableRepositoryId[],
): Promise<{ named: NamedPull | null; warnings: string[] }> {
  const { rows } = await db.query<NamedPull>(
    `select pr.id as pull_request_id, r.full_name || '#' || pr.number as name
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.number = $1 and ($2::text is null or lower(r.full_name) = lower($2))
       and r.id = any($3::bigint[]) and ${notDeleted('pr')}
     order by pr.updated_at desc limit 5`,
    [similar.number, similar.repository, repositoryIds],
  )
  const [named = null] = rows
  const queried = `${similar.repository ?? ''}#${similar.number}`
  if (!named) return { named, warnings: [`There is no pull request ${queried} to compare with.`] }
  const warnings =
    rows.length > 1
      ? [
          `Several repositories have a ${queried}; the search used ${named.name}. To name one, write \`similar:${named.name}\`.`,
        ]
      : []
  return { named, warnings }
}

/** Returns the model's most distinctive lexemes with their number of occurrences. */
async function lexemesOfModel(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
  repositoryIds: ReadableRepositoryId[],
): Promise<SoughtLexeme[]> {
  const { rows } = await db.query<{ text: string }>(
    `select text from passage where pull_request_id = $1
     order by kind <> 'description', id limit $2`,
    [pullRequestId, PASSAGES],
  )
  const lexemes = lexemesOf(rows.map((row) => row.text))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, CONSIDERED)
  const { passages, frequencies } = await readStatistics(
    db,
    repositoryIds,
    lexemes.map(({ lexeme }) => lexeme),
  )
  const weigh = ({ lexeme, count }: SoughtLexeme) =>
    Math.sqrt(count) * Math.log(1 + passages / (frequencies.get(lexeme) ?? 1))
  return lexemes.toSorted((a, b) => weigh(b) - weigh(a)).slice(0, LEXEMES)
}
