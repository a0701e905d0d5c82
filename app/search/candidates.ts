/** Finds and orders all hits of a plan before any content is read. */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition } from '#app/database/parameters.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { passageConditions } from './filters/conditions.ts'
import { listPulls } from './filters/list-pulls.ts'
import { sortPulls } from './filters/sort-pulls.ts'
import { type Arms, askByMeaning } from './fusion/ask-by-meaning.ts'
import { fuseHits } from './fusion/fuse-hits.ts'
import type { Plan } from './plan/plan.ts'
import type { SearchAnswer } from './present/answer.ts'
import { rankByWords, type WordRanking, type WordSearch } from './text/rank-by-words.ts'
import { readModel } from './text/similar.ts'

/** Where to search. */
export interface SearchPlace {
  repositoryIds: ReadableRepositoryId[]
  /** The active space; null if there is none, or no vectors are wanted. */
  space: Space | null
  /** Why the text of the query may not be sent to the embedding provider; null if it may. */
  unasked: string | null
}

export interface Candidates extends WordRanking {
  mode: SearchAnswer['mode']
  warnings: string[]
}

/** Finds the hits of a plan in the requested order, or those of its fallback if there are none. */
export async function candidates(arms: Arms, plan: Plan, place: SearchPlace): Promise<Candidates> {
  const found = await findPlanned(arms, plan, place)
  if (found.ranked.length > 0)
    return { ...found, ranked: await sortPulls(arms.reader, found.ranked, plan.sort) }
  const other = plan.fallback && (await candidates(arms, plan.fallback, place))
  return other && other.ranked.length > 0 ? other : found
}

const NOTHING: Candidates = {
  ranked: [],
  weights: new Map(),
  isCut: false,
  mode: 'keyword',
  warnings: [],
}

async function findPlanned(arms: Arms, plan: Plan, place: SearchPlace): Promise<Candidates> {
  const { search, warnings } = await readSearch(arms, plan, place.repositoryIds)
  const ranked = search
    ? await askArms(arms, plan, {
        ...search,
        space: place.space,
        unasked: place.unasked,
      })
    : NOTHING
  const found = plan.isListed ? await addListed(arms, plan, ranked, place) : ranked
  return { ...found, warnings: [...plan.warnings, ...warnings, ...ranked.warnings] }
}

/** Completes the search for words by those of the pull request to compare with; null if there are no words. */
async function readSearch(
  { reader }: Arms,
  { lexemes, required, condition, similar }: Plan,
  repositoryIds: ReadableRepositoryId[],
): Promise<{ search: WordSearch | null; warnings: string[] }> {
  const conditions = passageConditions(condition, repositoryIds)
  if (!similar) {
    const search = { lexemes, required, repositoryIds, conditions }
    return { search: lexemes.length > 0 ? search : null, warnings: [] }
  }
  const { model, warnings } = await reader.run((db) => readModel(db, similar, repositoryIds))
  if (!model) return { search: null, warnings }
  const given = new Set(lexemes.map(({ lexeme }) => lexeme))
  const others = model.lexemes.filter(({ lexeme }) => !given.has(lexeme))
  const isOther: Condition = (bind) => `pr.id <> ${bind(model.pullRequestId)}`
  return {
    search: {
      ...{ required, repositoryIds },
      lexemes: [...lexemes, ...others],
      conditions: [...conditions, isOther],
    },
    warnings,
  }
}

/** Finds hits by words, by meaning or by both. */
async function askArms(
  arms: Arms,
  { text, mode }: Plan,
  search: WordSearch & Pick<SearchPlace, 'space' | 'unasked'>,
): Promise<Candidates> {
  const [words, meaning] = await Promise.all([
    arms.reader.run((db) => rankByWords(db, search)),
    askByMeaning(arms, { ...search, text }, mode),
  ])
  const { warnings } = meaning
  if (!meaning.ranked) return { ...words, mode: 'keyword', warnings }
  return {
    ranked: fuseHits(words.ranked, meaning.ranked, meaning),
    weights: words.weights,
    isCut: words.isCut || (meaning.isCut && meaning.floor <= 1),
    mode: meaning.weight === 1 ? 'semantic' : 'hybrid',
    warnings,
  }
}

/** Adds the pull requests that match without any of the words. */
async function addListed(
  { reader }: Arms,
  plan: Plan,
  found: Candidates,
  { repositoryIds }: SearchPlace,
): Promise<Candidates> {
  const listed = await reader.run((db) => listPulls(db, plan, repositoryIds))
  const known = new Set(found.ranked.map(({ key }) => key))
  const others = listed.ranked.filter(({ key }) => !known.has(key))
  return { ...found, ranked: [...found.ranked, ...others], isCut: found.isCut || listed.isCut }
}
