/** What a hit has to fulfil beside being found. */

import type { Condition } from '#app/database/parameters.ts'
import type { Query, Term } from '../query/query.ts'
import { termQuery } from '../text/lexemes.ts'
import { conditionsOf } from './filters.ts'

export interface Restriction {
  /** On `pr` alone. */
  said: Condition[]
  /** `tsquery` texts of what is required. */
  required: string[]
  warnings: string[]
}

/** Of what a query requires and excludes. */
export function restrictionOf(query: Query): Restriction {
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
    said: [
      ...required.map((text) => isSaid(text, 'exists')),
      ...excluded.map((text) => isSaid(text, 'not exists')),
    ],
  }
}

/** By anybody, anywhere in the pull request. */
function isSaid(text: string, exists: 'exists' | 'not exists'): Condition {
  return (bind) =>
    `${exists} (select from passage x where x.pull_request_id = pr.id and x.words @@ ${bind(text)}::tsquery)`
}

/** The qualifiers of a query that has words, too; null where there are none. */
export function qualifiersOf(query: Query): Condition | null {
  const isPlain = query.filters.length === 0 && query.places === null && query.bots === null
  if (isPlain) return null
  return (bind) => {
    const { pulls, passages } = conditionsOf(query, { values: [], bind })
    return [...pulls, ...passages].join(' and ') || 'true'
  }
}
