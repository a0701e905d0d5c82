import { conjunctsOf, EVERYTHING, type Leaf, leavesOf, pruned } from './expression.ts'
import type { Expression, ParsedQuery, Phrase, Term } from './query.ts'
import { formatNumber, warn } from './query-warnings.ts'
import { isStopWord } from './stop-words.ts'

/** Maximum number of words and phrases; stop words and repeated words do not count. */
export const QUERY_TERMS = 32

/** A sign that can be searched for. */
export const SAYING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u

/**
 * Removes what cannot be found at all from the required and the excluded terms, and terms beyond the limit:
 * required ones take precedence over ranked words.
 */
export function cutTerms(query: ParsedQuery, expression: Expression): Expression {
  const conjuncts = conjunctsOf(expression)
  const ranked = conjuncts.filter((one) => one.kind === 'term')
  const required = conjuncts
    .filter((one, index) => one.kind !== 'term' && !isRepeated(conjuncts, one, index))
    .flatMap((one) => leavesOf(one, 'negated too'))
    .filter((leaf) => leaf.kind !== 'filter')
    .filter((term) => isSaying(query, term))
  const kept = new Set<Leaf>(takeTerms(query, required, ranked))
  return pruned(expression, (leaf) => leaf.kind === 'filter' || kept.has(leaf)) ?? EVERYTHING
}

function isRepeated(conjuncts: Expression[], phrase: Expression, index: number): boolean {
  if (phrase.kind !== 'phrase') return false
  return conjuncts.findIndex((one) => one.kind === 'phrase' && one.text === phrase.text) < index
}

/** Returns true if the term can be found at all. */
function isSaying(query: ParsedQuery, { kind, text }: Term | Phrase): boolean {
  if (SAYING.test(text)) return true
  const what = kind === 'phrase' ? 'A phrase' : 'A word'
  warn(query, `${what} without letters or digits was ignored: there is nothing to search for.`)
  return false
}

function takeTerms(
  query: ParsedQuery,
  required: (Term | Phrase)[],
  ranked: Term[],
): (Term | Phrase)[] {
  const known = new Set<string>()
  function weigh(word: Term): number {
    const folded = word.text.toLowerCase()
    if (known.has(folded) || isStopWord(folded.replace(/['’]/g, ''))) return 0
    known.add(folded)
    return 1
  }
  let count = required.length
  const words = ranked.filter((word) => {
    count += weigh(word)
    return count <= QUERY_TERMS
  })
  if (count > QUERY_TERMS)
    warn(
      query,
      `The query has ${formatNumber(count)} words and phrases; only ${QUERY_TERMS} were used.`,
    )
  return [...required.slice(0, QUERY_TERMS), ...words]
}
