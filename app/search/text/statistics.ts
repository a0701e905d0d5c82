/** Word statistics of the passages in a scope, as far as they have been counted. */
export interface Statistics {
  passages: number
  /** Average words of a passage, lexemes of a title, and words of a whole pull request. */
  averages: { passage: number; title: number; group: number }
  /** Number of passages with each lexeme; uncounted lexemes are missing. */
  frequencies: Map<string, number>
}

// Typical values on GitHub, used until anything has been counted.
const TYPICAL = { passage: 18, title: 5, group: 180 }

export async function readStatistics(
  db: Queryable,
  repositoryIds: ReadableRepositoryId[],
  lexemes: string[],
): Promise<Statistics> {
  const { rows } = await db.query<CorpusTotals>(
    `with said as (
       select s.lexeme, sum(s.passages)::float8 as passages
       from lexeme_stats s join repository_words w using (repository_id, generation)
       where s.lexeme = any($1::text[]) and s.repository_id = any($2::bigint[])
       group by s.lexeme)
     select coalesce(sum(passages), 0)::float8 as passages, coalesce(sum(length), 0)::float8 as length,
       coalesce(sum(title_length), 0)::float8 as title_length,
       coalesce(sum(pull_requests), 0)::float8 as pulls,
       coalesce((select json_object_agg(lexeme, passages) from said), '{}') as frequencies
     from repository_words where repository_id = any($2::bigint[])`,
    [lexemes, repositoryIds],
  )
  const [total] = rows as [CorpusTotals]
  return {
    passages: total.passages,
    averages: averagesOf(total),
    frequencies: new Map(Object.entries(total.frequencies)),
  }
}

interface CorpusTotals {
  passages: number
  length: number
  titleLength: number
  pulls: number
  frequencies: Record<string, number>
}

function averagesOf({
  passages,
  length,
  titleLength,
  pulls,
}: CorpusTotals): Statistics['averages'] {
  if (passages === 0 || pulls === 0) return TYPICAL
  return {
    passage: Math.max(1, length / passages),
    title: Math.max(1, titleLength / pulls),
    group: Math.max(1, length / pulls),
  }
}

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
