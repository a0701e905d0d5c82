/** Writes the condition tree of a plan as SQL. */
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Condition, Parameters } from '#app/database/parameters.ts'
import type { ConditionTree } from '../plan/condition-tree.ts'
import { PASSAGE_KINDS, type Place } from '../query/query.ts'
import { type IsShown, searchedIn } from '../text/closing-issues.ts'
import { botCondition, filterCondition, pathCondition, placeCondition } from './filters.ts'

interface Subject {
  /**
   * `in:`, `path:` and `bot:` are about the passage that was found; without words, about any passage of the
   * pull request.
   */
  of: 'passage' | 'pull request'
  isNegated: boolean
  isShown: IsShown
}

/**
 * Returns the conditions on a passage that contains words of the query. A title is part of its description's first
 * passage, so `in:title` also matches descriptions that contain the word below the title; the ranking has to
 * tell them apart.
 */
export function passageConditions(
  tree: ConditionTree & { kind: 'and' },
  repositoryIds: ReadableRepositoryId[],
): Condition[] {
  return tree.all.length > 0
    ? [conditionOf(tree, { of: 'passage', isShown: searchedIn(repositoryIds) })]
    : []
}

/** Returns the condition on a pull request, whatever its words are: an expression on `pr` and `r` alone. */
export function pullCondition(tree: ConditionTree, isShown: IsShown): Condition {
  return conditionOf(tree, { of: 'pull request', isShown })
}

function conditionOf(tree: ConditionTree, subject: Omit<Subject, 'isNegated'>): Condition {
  return (bind) => sqlOf(tree, { ...subject, isNegated: false }, { values: [], bind })
}

function sqlOf(tree: ConditionTree, subject: Subject, parameters: Parameters): string {
  switch (tree.kind) {
    case 'and':
      return conjunction(tree.all, subject, parameters)
    case 'or':
      return `(${tree.any.map((one) => sqlOf(one, subject, parameters)).join(' or ')})`
    case 'words':
      return hasWords(tree.query, subject, parameters)
    case 'not':
      if (saidOf(tree, subject)) return conjunction([tree], subject, parameters)
      if (tree.one.kind === 'words') return `not ${hasWords(tree.one.query, subject, parameters)}`
      // It also holds for unknown values: a ghost's pull request matches `-author:x` for every x.
      return `(${sqlOf(tree.one, { ...subject, isNegated: true }, parameters)}) is not true`
    case 'filter': {
      const { filter } = tree
      if (filter.kind === 'in' || filter.kind === 'bot' || saidOf(tree, subject))
        return conjunction([tree], subject, parameters)
      return filterCondition(filter, parameters)
    }
  }
}

function hasWords(query: string, { isShown }: Subject, { bind }: Parameters): string {
  return `exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ ${bind(query)}::tsquery and ${isShown('x', bind)})`
}

/** Joins conditions. Those on a passage must hold for the same one. */
function conjunction(all: ConditionTree[], subject: Subject, parameters: Parameters): string {
  const said = all.flatMap((one) => saidOf(one, subject) ?? [])
  const written = all
    .filter((one) => !saidOf(one, subject))
    .map((one) => sqlOf(one, subject, parameters))
  return [...written, ...saidConditions(said, subject, parameters)].join(' and ') || 'true'
}

type Said =
  | { kind: 'in'; places: Place[] }
  | { kind: 'path'; values: string[] }
  | { kind: 'bot'; isBot: boolean }

/** Returns a condition on one passage. `-path:x` is none: it excludes the pull request. */
function saidOf(tree: ConditionTree, { isNegated }: Subject): Said | null {
  const isOther = tree.kind === 'not'
  const one = isOther ? tree.one : tree
  if (one.kind !== 'filter') return null
  const { filter } = one
  if (filter.kind === 'in')
    return { kind: 'in', places: isOther ? otherPlaces(filter.values) : filter.values }
  if (isOther) return null
  if (filter.kind === 'bot') return filter
  return filter.kind === 'path' && !isNegated ? { kind: 'path', values: filter.values } : null
}

function otherPlaces(places: Place[]): Place[] {
  const all: Place[] = ['title', ...PASSAGE_KINDS.filter((kind) => kind !== 'repository')]
  return all.filter((place) => !places.includes(place))
}

function saidConditions(said: Said[], { of, isShown }: Subject, parameters: Parameters): string[] {
  const isAboutPassage = of === 'passage' || said.some(({ kind }) => kind !== 'bot')
  // `bot:` alone is about the author of the pull request.
  const author = isAboutPassage ? 'p.author_id' : 'pr.author_id'
  const conditions = said.map((one) => saidCondition(one, author, parameters))
  if (of === 'passage' || !isAboutPassage) return conditions
  const inPassage = ['p.pull_request_id = pr.id', isShown('p', parameters.bind), ...conditions]
  return [`exists (select from passage p where ${inPassage.join(' and ')})`]
}

function saidCondition(said: Said, author: string, parameters: Parameters): string {
  switch (said.kind) {
    case 'in':
      return placeCondition(said.places, parameters)
    case 'path':
      return pathCondition(said.values, parameters)
    case 'bot':
      return botCondition(author, said.isBot)
  }
}
