/** The conditions that a hit must meet in addition to being found by an arm. */

import type { Condition } from '#app/database/parameters.ts'
import type { SearchQuery, Term } from '../query/query.ts'
import { termQuery } from '../text/lexemes.ts'
import { conditionsOf } from './filters.ts'

export interface Restriction {
  /** Conditions on `pr` alone. */
  passageConditions: Condition[]
  /** `tsquery` texts of the required terms. */
  required: string[]
  warnings: string[]
}

/** Builds the restriction from the required and the excluded terms of a query. */
export function restrictionOf(query: SearchQuery): Restriction {
  const warnings: string[] = []
  function queryOf(terms: Term[]): string[] {
    const known = terms.flatMap((term) => {
      const text = termQuery(term)
      if (text === null) warnings.push(`"${term.text}" was ignored: it has only stop words.`)
      return text === null ? [] : [`(${text})`]
    })
    return known.length > 0 ? [known.join(' | ')] : []
  }
  const required = [
    ...query.phrases.flatMap((text) => queryOf([{ kind: 'phrase', text }])),
    ...query.alternatives.flatMap(queryOf),
  ]
  const excluded = query.excluded.flatMap((term) => queryOf([term]))
  return {
    required,
    warnings,
    passageConditions: [
      ...required.map((text) => isInPassage(text, 'exists')),
      ...excluded.map((text) => isInPassage(text, 'not exists')),
    ],
  }
}

/** Matches pull requests with a passage, by any author, that matches the text. */
function isInPassage(text: string, exists: 'exists' | 'not exists'): Condition {
  return (bind) =>
    `${exists} (select from passage x where x.pull_request_id = pr.id and x.words @@ ${bind(text)}::tsquery)`
}

/** Returns the condition for the qualifiers of a query that also has words; null if it has no qualifiers. */
export function qualifiersOf(query: SearchQuery): Condition | null {
  const isPlain = query.filters.length === 0 && query.places === null && query.bots === null
  if (isPlain) return null
  return (bind) => {
    const { pulls, passages } = conditionsOf(query, { values: [], bind })
    return [...pulls, ...passages].join(' and ') || 'true'
  }
}
