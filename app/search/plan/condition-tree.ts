import { conjunctsOf } from '../query/expression.ts'
import type { Expression, Filter, Phrase, Term } from '../query/query.ts'
import { termQuery } from '../text/lexemes.ts'

/** The part of a query that hits must meet, ready to be written as SQL. */
export type ConditionTree =
  | { kind: 'and'; all: ConditionTree[] }
  | { kind: 'or'; any: ConditionTree[] }
  | { kind: 'not'; one: ConditionTree }
  | Words
  | Filter

/** A pull request has a passage, by any author, that matches the `tsquery` text. */
interface Words {
  kind: 'words'
  query: string
}

/** Returns the conditions of a query. Words for ranking are none. */
export function conditionsOf(
  expression: Expression,
  warnings: string[],
): ConditionTree & { kind: 'and' } {
  const required = conjunctsOf(expression).filter(({ kind }) => kind !== 'term')
  return { kind: 'and', all: required.flatMap((one) => treeOf(one, warnings) ?? []) }
}

/** @returns null if nothing is left but stop words. */
function treeOf(expression: Expression, warnings: string[]): ConditionTree | null {
  switch (expression.kind) {
    case 'and': {
      const all = expression.all.flatMap((one) => treeOf(one, warnings) ?? [])
      return all.length > 0 ? { kind: 'and', all } : null
    }
    case 'or':
      return anyOf(expression.any.flatMap((one) => treeOf(one, warnings) ?? []))
    case 'not': {
      const one = treeOf(expression.one, warnings)
      return one && { kind: 'not', one }
    }
    case 'filter':
      return expression
    default:
      return wordsOf(expression, warnings)
  }
}

/** Words that are alternatives are one `tsquery`. */
function anyOf(any: ConditionTree[]): ConditionTree | null {
  if (any.length < 2) return any[0] ?? null
  const words = any.filter((one) => one.kind === 'words')
  if (words.length < any.length) return { kind: 'or', any }
  return { kind: 'words', query: words.map(({ query }) => query).join(' | ') }
}

function wordsOf(term: Term | Phrase, warnings: string[]): Words | null {
  const query = termQuery(term)
  if (query !== null) return { kind: 'words', query: `(${query})` }
  warnings.push(`"${term.text}" was ignored: it has only stop words.`)
  return null
}

/** Returns the `tsquery` texts of words that are not excluded. */
export function wordsIn(tree: ConditionTree): string[] {
  switch (tree.kind) {
    case 'and':
      return tree.all.flatMap(wordsIn)
    case 'or':
      return tree.any.flatMap(wordsIn)
    case 'words':
      return [tree.query]
    default:
      return []
  }
}
