/**
 * Reads the passages of a search by words as one row whose columns are comma-separated lists. Sending and
 * parsing thousands of rows would take several times as long.
 */
import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'
import type { RankedPassage } from './rank.ts'

/** A passage with at least one lexeme of the query, and its owner. */
export interface MatchedPassage extends RankedPassage {
  /** Null for a repository's description. */
  pullRequestId: ReadablePullRequestId | null
  repositoryId: ReadableRepositoryId
}

export interface PassageColumns {
  ids: string
  /** An entry is empty for a repository's description. */
  pullRequestIds: string
  repositoryIds: string
  /** Entries are 1 or 0. */
  areCommits: string
  areDemoted: string
  lengths: string
  /** The counts of all lexemes, passage by passage. */
  counts: string
  /** 0 for a passage without a title. */
  titleLengths: string
  /** The counts for passages that have a title. */
  titleCounts: string | null
  groups: string | null
  groupLengths: string | null
}

/** Select list over the tables `found` (passages) and `wholes` (total lengths of their pull requests). */
export const PASSAGE_COLUMNS = `${column('id')} as ids, ${column('pull_request_id')} as pull_request_ids,
       ${column('repository_id')} as repository_ids, ${column(`(kind = 'commit')::int`)} as are_commits,
       ${column('is_demoted::int')} as are_demoted, ${column('length')} as lengths, ${column('counts')} as counts,
       ${column('title_length')} as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select ${column('pull_request_id')} from wholes) as groups,
       (select ${column('length')} from wholes) as group_lengths`

function column(value: string): string {
  return `array_to_string(array_agg(${value}), ',', '')`
}

/** @param lexemes the number of lexemes counted per passage. */
export function matchedPassages(columns: PassageColumns, lexemes: number): MatchedPassage[] {
  const pullRequestIds = columns.pullRequestIds.split(',') as ReadablePullRequestId[]
  const repositoryIds = columns.repositoryIds.split(',') as ReadableRepositoryId[]
  const areCommits = numbersOf(columns.areCommits)
  const areDemoted = numbersOf(columns.areDemoted)
  const lengths = numbersOf(columns.lengths)
  const counts = numbersOf(columns.counts)
  const titleLengths = numbersOf(columns.titleLengths)
  const titleCounts = numbersOf(columns.titleCounts ?? '')
  let titles = 0
  return columns.ids.split(',').map((id, index) => {
    const pullRequestId = pullRequestIds[index] || null
    const repositoryId = repositoryIds[index] as ReadableRepositoryId
    const titleLength = titleLengths[index] as number
    const titlesAt = titleLength > 0 ? titles++ * lexemes : null
    return {
      id,
      group: pullRequestId ?? `repository ${repositoryId}`,
      pullRequestId,
      repositoryId,
      isCommit: areCommits[index] === 1,
      isDemoted: areDemoted[index] === 1,
      length: lengths[index] as number,
      counts: counts.slice(index * lexemes, (index + 1) * lexemes),
      title:
        titlesAt === null
          ? null
          : { counts: titleCounts.slice(titlesAt, titlesAt + lexemes), length: titleLength },
    }
  })
}

export function groupLengthsOf({ groups, groupLengths }: PassageColumns): Map<string, number> {
  const lengths = numbersOf(groupLengths ?? '')
  return new Map(groups?.split(',').map((group, index) => [group, lengths[index] as number]))
}

function numbersOf(column: string): number[] {
  return JSON.parse(`[${column}]`)
}
