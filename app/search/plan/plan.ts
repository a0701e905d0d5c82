import { allOf, conjunctsOf, leavesOf } from '../query/expression.ts'
import { SAYING } from '../query/limit-terms.ts'
import type { Expression, ParsedQuery, SearchMode } from '../query/query.ts'
import { lexemesOf, prefixesOf, type SoughtLexeme } from '../text/lexemes.ts'
import { type ConditionTree, conditionsOf, wordsIn } from './condition-tree.ts'

/** How a query is answered: a value that says what to run, and nothing about where it runs. */
export interface Plan extends Omit<ParsedQuery, 'expression'> {
  mode: SearchMode
  /** What the query says, for hints about its names. */
  expression: Expression
  /** The words for ranking, of which a ranked hit has one at least. */
  lexemes: SoughtLexeme[]
  /** The text to search for by meaning; null if the query has no words. */
  text: string | null
  condition: ConditionTree & { kind: 'and' }
  /** `tsquery` texts of which matches are read however common their words are. */
  required: string[]
  /** True if pull requests without any of the words match too. They are listed below the ranked ones. */
  isListed: boolean
  /** What to run if nothing is found. */
  fallback: Plan | null
}

/** Plans a query. Nothing is read for it. */
export function plan(query: ParsedQuery, mode: SearchMode): Plan {
  return { ...planOf(query, mode), fallback: fallbackOf(query, mode) }
}

/** Searches for the words of required phrases, if there are any. */
function fallbackOf({ expression, ...query }: ParsedQuery, mode: SearchMode): Plan | null {
  const all = conjunctsOf(expression)
  const phrases = all.filter((one) => one.kind === 'phrase')
  if (phrases.length === 0) return null
  const words = phrases.map(({ text }): Expression => ({ kind: 'term', text }))
  const loose = allOf([...all.filter(({ kind }) => kind !== 'phrase'), ...words])
  const told = 'Nothing contains every quoted phrase, so they were searched as words.'
  return planOf({ ...query, expression: loose, warnings: [...query.warnings, told] }, mode)
}

function planOf(query: ParsedQuery, mode: SearchMode): Plan {
  const warnings = [...query.warnings]
  const condition = conditionsOf(query.expression, warnings)
  const texts = textsOf(query.expression)
  const lexemes = [...prefixesOf(texts), ...lexemesOf(texts)]
  const text = texts.length > 0 ? texts.join(' ') : null
  const isListed = isUnderstood(query) && !query.similar && holdsWithoutWords(query.expression)
  if (text !== null && lexemes.length === 0 && !isListed) warnings.push(whyNothing(text))
  return {
    ...query,
    ...{ mode, lexemes, text, condition, isListed, warnings },
    required: wordsIn(condition),
    fallback: null,
  }
}

/** Returns the texts that rank the hits: words, then phrases, then alternatives. */
function textsOf(expression: Expression): string[] {
  const all = conjunctsOf(expression)
  const words = all.filter(({ kind }) => kind === 'term')
  const phrases = all.filter(({ kind }) => kind === 'phrase')
  const others = all.filter(({ kind }) => kind !== 'term' && kind !== 'phrase')
  return [...words, ...phrases, ...others]
    .flatMap((one) => leavesOf(one))
    .flatMap((leaf) => (leaf.kind === 'filter' ? [] : [leaf.text]))
}

/** Returns false if nothing is left of a query: it must not list everything. */
function isUnderstood({ expression, similar, sort, warnings }: ParsedQuery): boolean {
  const isEmpty = conjunctsOf(expression).length === 0 && !similar
  return !isEmpty || sort.by !== 'relevance' || warnings.length === 0
}

/** Returns true if something without any of the words can match. */
function holdsWithoutWords(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.all.every(holdsWithoutWords)
    case 'or':
      return expression.any.some(holdsWithoutWords)
    default:
      return expression.kind === 'not' || expression.kind === 'filter'
  }
}

function whyNothing(text: string): string {
  return SAYING.test(text)
    ? 'These words are too common to search for: add a more specific word.'
    : 'The query has no letters or digits: there is nothing to search for.'
}
