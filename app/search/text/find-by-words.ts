/** The lexical arm: finds passages that contain rare words of a query and counts the occurrences of each. */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Condition, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isSearched } from './closing-issues.ts'
import { orQuery, type SoughtLexeme } from './lexemes.ts'
import { MINIMIZED } from './minimized.ts'
import {
  groupLengthsOf,
  type MatchedPassage,
  matchedPassages,
  PASSAGE_COLUMNS,
  type PassageColumns,
} from './passage-columns.ts'
import type { Statistics } from './statistics.ts'

/** Maximum number of passages that are scored. */
const CANDIDATES = 3_000
const MOST_LEXEMES = 32
/** With fewer passages than this, the search is extended. */
const FEW = 50
// Arguments of `ts_rank_cd` for one lexeme, which sums the weights of its positions: {D, C, B, A}. C is what the
// text itself does not say so: names of its place, and words without their accents.
const ONE_EACH = `'{1, 0.75, 1, 1}'`
const TITLE = `'{0, 0, 0, 1}'`

export interface WordQuery {
  /** Distinct. */
  lexemes: SoughtLexeme[]
  statistics: Statistics
  /** The scope: passages of other repositories are never read. */
  repositoryIds: ReadableRepositoryId[]
  /** Conditions that must all hold. */
  conditions: Condition[]
  /** `tsquery` texts; their matches are read however common the words are. */
  required: string[]
}

export interface WordMatches {
  /** The lexemes that were searched for, rarest first. */
  lexemes: SoughtLexeme[]
  candidates: MatchedPassage[]
  /** Total words of each pull request. */
  groupLengths: Map<string, number>
  /** True if passages with only common words of the query were skipped. */
  isCut: boolean
}

export async function findByWords(db: Queryable, query: WordQuery): Promise<WordMatches> {
  const frequencyOf = ({ lexeme }: SoughtLexeme) => query.statistics.frequencies.get(lexeme) ?? 0
  const lexemes = query.lexemes
    .toSorted((a, b) => frequencyOf(a) - frequencyOf(b))
    .slice(0, MOST_LEXEMES)
  const { rare, common } = divide(lexemes, frequencyOf)
  const any = [...(rare.length > 0 ? [orQuery(rare)] : []), ...query.required].join(' | ')
  const search = { ...query, lexemes }
  const found = any === '' ? [] : [await readMatches(db, { ...search, any }, 'all')]
  if (common) {
    const often = { ...search, any: orQuery([common]) }
    found.push(await readMatches(db, often, 'descriptions'), await readMatches(db, often, 'latest'))
  }
  return { lexemes, ...joined(found), isCut: rare.length < lexemes.length }
}

type ReadMatches = Pick<WordMatches, 'candidates' | 'groupLengths'>

function joined([first, ...others]: ReadMatches[]): ReadMatches {
  if (!first) return { candidates: [], groupLengths: new Map() }
  if (others.length === 0) return first
  const candidates = new Map(first.candidates.map((one) => [one.id, one]))
  const groupLengths = new Map(first.groupLengths)
  for (const other of others) {
    for (const one of other.candidates) candidates.set(one.id, one)
    for (const [group, length] of other.groupLengths) groupLengths.set(group, length)
  }
  return { candidates: [...candidates.values()], groupLengths }
}

/**
 * Selects the rarest lexemes as long as their passages stay within the limit. If those match hardly any
 * passages, it adds the next lexeme: a word that nobody used must not hide the others.
 *
 * @param lexemes the rarest first.
 */
function divide(
  lexemes: SoughtLexeme[],
  frequencyOf: (one: SoughtLexeme) => number,
): { rare: SoughtLexeme[]; common: SoughtLexeme | null } {
  let passages = 0
  let count = 0
  for (const one of lexemes) {
    if (passages + frequencyOf(one) > CANDIDATES) break
    passages += frequencyOf(one)
    count++
  }
  const next = passages < FEW ? lexemes[count] : undefined
  return { rare: lexemes.slice(0, count), common: next ?? null }
}

// Statistics lag behind, so every query has a limit. A very common word is searched for in descriptions and
// in the latest passages.
const WHICH = {
  all: { where: 'true', end: `limit ${2 * CANDIDATES}` },
  descriptions: { where: `p.kind = 'description'`, end: `limit ${CANDIDATES / 2}` },
  latest: { where: 'true', end: `order by p.id desc limit ${CANDIDATES / 2}` },
} as const

async function readMatches(
  db: Queryable,
  query: WordQuery & { any: string },
  which: keyof typeof WHICH,
): Promise<ReadMatches> {
  const parameters = parametersOf()
  const { bind } = parameters
  const sought = query.lexemes.map((one) => `${bind(orQuery([one]))}::tsquery`)
  // Most words are missing from most passages, and the match is cheaper than a count of zero.
  const counts = (weights: string) =>
    `array[${sought.map(
      (lexeme) =>
        `case when p.words @@ ${lexeme} then ts_rank_cd(${weights}, p.words, ${lexeme}) else 0 end`,
    )}]`
  const conditions = [
    `p.words @@ ${bind(query.any)}::tsquery`,
    `p.repository_id = any(${bind(query.repositoryIds)}::bigint[])`,
    isSearched('p', query.repositoryIds, bind),
    WHICH[which].where,
    ...query.conditions.map((condition) => condition(bind)),
  ]
  const others = `join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id`
  const { rows } = await db.query<PassageColumns | { ids: null }>(
    `with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (${MINIMIZED}),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         ${counts(ONE_EACH)} as counts,
         case when p.kind = 'description' then ${counts(TITLE)} end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p ${query.conditions.length > 0 ? others : ''}
       where ${conditions.join(' and ')} ${WHICH[which].end}
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select ${PASSAGE_COLUMNS} from found`,
    parameters.values,
  )
  const [found] = rows
  if (!found?.ids) return { candidates: [], groupLengths: new Map() }
  return {
    candidates: matchedPassages(found, sought.length),
    groupLengths: groupLengthsOf(found),
  }
}
