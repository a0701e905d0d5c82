/** Finds and ranks all hits of a query before any content is read. */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Reader } from '#app/database/reader.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { listPulls } from './filters/list-pulls.ts'
import { qualifiersOf, restrictionOf } from './filters/restriction.ts'
import { type Arms, askByMeaning } from './fusion/ask-by-meaning.ts'
import { fuseHits } from './fusion/fuse-hits.ts'
import type { SearchAnswer } from './present/answer.ts'
import { SAYING } from './query/parse-query.ts'
import type { SearchMode, SearchQuery } from './query/query.ts'
import { lexemesOf, prefixesOf, type SoughtLexeme } from './text/lexemes.ts'
import { rankByWords, type WordRanking } from './text/rank-by-words.ts'
import { findModel, lexemesOfModel } from './text/similar.ts'

/** A query in the form that the arms take. */
export interface HitQuery {
  /** Empty if the query has only qualifiers; pull requests are then listed. */
  lexemes: SoughtLexeme[]
  /** The text to search for by meaning; null if the query has only qualifiers or only `similar:`. */
  text: string | null
  repositoryIds: ReadableRepositoryId[]
  conditions: Condition[]
  required: string[]
  /** The subset of `conditions` on `pr` alone. */
  passageConditions: Condition[]
  warnings: string[]
}

export async function wantedOf(
  reader: Reader,
  query: SearchQuery,
  repositoryIds: ReadableRepositoryId[],
): Promise<HitQuery> {
  const terms = query.alternatives.flat().map((term) => term.text)
  const texts = [...query.words, ...query.phrases, ...terms]
  const { passageConditions, required, warnings } = restrictionOf(query)
  const qualifiers = qualifiersOf(query)
  const conditions = qualifiers ? [...passageConditions, qualifiers] : passageConditions
  const lexemes = [...prefixesOf(texts), ...lexemesOf(texts)]
  const text = texts.length > 0 ? texts.join(' ') : null
  if (text !== null && lexemes.length === 0)
    warnings.push(
      SAYING.test(text)
        ? 'These words are too common to search for: add a more specific word.'
        : 'The query has no letters or digits: there is nothing to search for.',
    )
  const wanted = {
    lexemes,
    text,
    repositoryIds,
    conditions,
    required,
    passageConditions,
    warnings,
  }
  const { similar } = query
  return similar ? reader.run((db) => addModel(db, wanted, similar)) : wanted
}

async function addModel(
  db: Queryable,
  wanted: HitQuery,
  similar: NonNullable<SearchQuery['similar']>,
): Promise<HitQuery> {
  const { model, warnings } = await findModel(db, similar, wanted.repositoryIds)
  const described = { ...wanted, warnings: [...wanted.warnings, ...warnings] }
  if (!model)
    return { ...described, conditions: [() => 'false'], passageConditions: [() => 'false'] }
  const own = await lexemesOfModel(db, model, wanted.repositoryIds)
  const queried = new Set(wanted.lexemes.map(({ lexeme }) => lexeme))
  const isOther: Condition = (bind) => `pr.id <> ${bind(model.pullRequestId)}`
  return {
    ...described,
    lexemes: [...wanted.lexemes, ...own.filter(({ lexeme }) => !queried.has(lexeme))],
    conditions: [...wanted.conditions, isOther],
    passageConditions: [...wanted.passageConditions, isOther],
  }
}

export interface Findings extends WordRanking {
  mode: SearchAnswer['mode']
  warnings: string[]
}

const NOTHING: Pick<Findings, 'ranked' | 'weights' | 'isCut'> = {
  ranked: [],
  weights: new Map(),
  isCut: false,
}

/**
 * Finds the hits of a query. If nothing contains every quoted phrase, it searches for their words, and says so.
 */
export async function findHits(
  arms: Arms,
  query: SearchQuery,
  scope: { repositoryIds: ReadableRepositoryId[]; space: Space | null },
  mode: SearchMode,
): Promise<Findings> {
  if (isUnderstood(query)) return findWithin(arms, query, scope, mode)
  return { ...NOTHING, mode: 'keyword', warnings: [] }
}

/** Returns false if nothing is left of a query: it must not list everything. */
function isUnderstood(query: SearchQuery): boolean {
  const { words, phrases, alternatives, excluded, filters, places, bots, similar, sort } = query
  const parts = [words, phrases, alternatives, excluded, filters]
  const isEmpty = parts.every((part) => part.length === 0) && !places && bots === null && !similar
  return !isEmpty || sort.by !== 'relevance' || query.warnings.length === 0
}

async function findWithin(
  arms: Arms,
  query: SearchQuery,
  scope: { repositoryIds: ReadableRepositoryId[]; space: Space | null },
  mode: SearchMode,
): Promise<Findings> {
  const wanted = await wantedOf(arms.reader, query, scope.repositoryIds)
  const found = await askArms(arms, query, { ...wanted, space: scope.space }, mode)
  const exact = { ...found, warnings: [...wanted.warnings, ...found.warnings] }
  if (found.ranked.length > 0 || query.phrases.length === 0) return exact
  const loose = { ...query, phrases: [], words: [...query.words, ...query.phrases] }
  const other = await findWithin(arms, loose, scope, mode)
  if (other.ranked.length === 0) return exact
  const told = 'Nothing contains every quoted phrase, so they were searched as words.'
  return { ...other, warnings: [told, ...other.warnings] }
}

/** Finds hits by words, by meaning or by both; by qualifiers alone if the query has neither. */
async function askArms(
  arms: Arms,
  query: SearchQuery,
  wanted: HitQuery & { space: Space | null },
  mode: SearchMode,
): Promise<Findings> {
  const plain = { mode: 'keyword' as const, warnings: [] }
  if (wanted.lexemes.length === 0) {
    // A query of words that are too common to search for must not list everything.
    if (wanted.text !== null && wanted.required.length === 0) return { ...NOTHING, ...plain }
    const listed = await arms.reader.run((db) => listPulls(db, query, wanted))
    return { ...listed, weights: new Map(), ...plain }
  }
  const byWords = arms.reader.run((db) => rankByWords(db, wanted))
  const [words, meaning] = await Promise.all([byWords, askByMeaning(arms, wanted, mode)])
  if (!meaning.ranked) return { ...words, mode: 'keyword', warnings: meaning.warnings }
  return {
    ranked: fuseHits(words.ranked, meaning.ranked, meaning),
    weights: words.weights,
    isCut: words.isCut || (meaning.isCut && meaning.floor <= 1),
    mode: meaning.weight === 1 ? 'semantic' : 'hybrid',
    warnings: meaning.warnings,
  }
}
