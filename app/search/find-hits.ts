/** Everything that a query finds, ranked, before any of it is read. */
import type { Queryable } from '../transaction.server.ts'
import { lexemesOf, type SoughtLexeme } from './lexemes.ts'
import { listPulls } from './list-pulls.ts'
import type { Query } from './query.ts'
import { rankByWords, type WordRanking } from './rank-by-words.ts'
import { type Condition, qualifiersOf, restrictionOf } from './restriction.ts'
import { findModel, lexemesOfModel } from './similar.ts'

/** What a query asks for, as the arms take it. */
export interface Wanted {
  /** Empty where nothing but qualifiers was given: then pull requests are listed. */
  lexemes: SoughtLexeme[]
  /** What is asked for by meaning; null where only qualifiers were given, or a model. */
  text: string | null
  /** Whose vectors are the query, for `similar:`. */
  modelId: string | null
  repositoryIds: string[]
  conditions: Condition[]
  required: string[]
  /** Of the conditions those that are on `pr` alone. */
  said: Condition[]
  warnings: string[]
}

export async function wantedOf(
  db: Queryable,
  query: Query,
  repositoryIds: string[],
): Promise<Wanted> {
  const terms = query.alternatives.flat().map((term) => term.text)
  const texts = [...query.words, ...query.phrases, ...terms]
  const { said, required, warnings } = restrictionOf(query)
  const qualifiers = qualifiersOf(query)
  const conditions = qualifiers ? [...said, qualifiers] : said
  const lexemes = lexemesOf(texts)
  const text = texts.length > 0 ? texts.join(' ') : null
  if (text !== null && lexemes.length === 0)
    warnings.push('These words are too common to be searched: add one that says more.')
  const wanted = {
    lexemes,
    text,
    modelId: null,
    repositoryIds,
    conditions,
    required,
    said,
    warnings,
  }
  return query.similar ? addModel(db, wanted, query.similar) : wanted
}

async function addModel(
  db: Queryable,
  wanted: Wanted,
  similar: NonNullable<Query['similar']>,
): Promise<Wanted> {
  const { model, warnings } = await findModel(db, similar, wanted.repositoryIds)
  const told = { ...wanted, warnings: [...wanted.warnings, ...warnings] }
  if (!model) return { ...told, conditions: [() => 'false'], said: [() => 'false'] }
  const own = await lexemesOfModel(db, model, wanted.repositoryIds)
  const asked = new Set(wanted.lexemes.map(({ lexeme }) => lexeme))
  const isOther: Condition = (bind) => `pr.id <> ${bind(model.pullRequestId)}`
  return {
    ...told,
    modelId: model.pullRequestId,
    lexemes: [...wanted.lexemes, ...own.filter(({ lexeme }) => !asked.has(lexeme))],
    conditions: [...wanted.conditions, isOther],
    said: [...wanted.said, isOther],
  }
}

/** By words, or where there are none, by qualifiers alone. */
export async function findHits(db: Queryable, query: Query, wanted: Wanted): Promise<WordRanking> {
  if (wanted.lexemes.length > 0) return rankByWords(db, wanted)
  // Words that are too common to be searched are no reason to list everything.
  if (wanted.text !== null && wanted.required.length === 0)
    return { ranked: [], weights: new Map(), isCut: false }
  const { ranked, isCut } = await listPulls(db, query, wanted)
  return { ranked, weights: new Map(), isCut }
}
