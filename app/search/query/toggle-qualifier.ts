/**
 * Turns facets into qualifiers of the query, so that the search box shows every filter and users can edit
 * it.
 */

export type FacetName = 'repository' | 'author' | 'label' | 'state' | 'year'

interface Toggled {
  isOn: boolean
  /** The query with the qualifier if it is off, or without it if it is on. */
  query: string
}

// A phrase, or a word that may contain one: `label:"good first issue"`.
const TOKEN = /(?:[^\s"]+|"[^"]*(?:"|$))+/g
const NARROWING = /^(?:repo|author|label|is|created):(?!$)/i

export function toggleQualifier(query: string, facet: FacetName, value: string): Toggled {
  const qualifier = qualifierOf(facet, value)
  const tokens = splitTokens(query)
  const others = tokens.filter(
    (token, index) => !isSame(token, qualifier) || !isAlone(tokens, index),
  )
  const isOn = others.length < tokens.length
  return { isOn, query: (isOn ? others : [...tokens, qualifier]).join(' ') }
}

/** Returns the qualifiers of the query that a facet can set, each with the query that remains without it. */
export function narrowedBy(query: string): { qualifier: string; without: string }[] {
  const tokens = splitTokens(query)
  const alone = tokens.filter((_, index) => isAlone(tokens, index))
  const narrowing = [...new Set(alone.filter((token) => NARROWING.test(token)))]
  return narrowing.map((qualifier) => ({
    qualifier,
    without: tokens
      .filter((token, index) => token !== qualifier || !isAlone(tokens, index))
      .join(' '),
  }))
}

/** Returns true if a token stands in no group and beside no operator, so that it can be removed. */
function isAlone(tokens: string[], index: number): boolean {
  if (/^(?:OR|NOT)$/.test(tokens[index - 1] ?? '') || tokens[index + 1] === 'OR') return false
  const isOpened = openGroups(tokens.slice(0, index)) > 0
  const isClosed = openGroups(tokens.slice(index)) < 0
  return !isClosed || !isOpened
}

function openGroups(tokens: string[]): number {
  const unquoted = tokens.join(' ').replace(/"[^"]*"/g, '')
  return unquoted.split('(').length - unquoted.split(')').length
}

function qualifierOf(facet: FacetName, value: string): string {
  switch (facet) {
    case 'repository':
      return `repo:${quotedValue(value)}`
    case 'author':
      return `author:${quotedValue(value)}`
    case 'label':
      return `label:${quotedValue(value)}`
    case 'state':
      return `is:${value}`
    case 'year':
      return `created:${value}-01-01..${value}-12-31`
  }
}

/** Quotes the value of a qualifier. A quote in it cannot be escaped, and a comma would split it. */
export function quotedValue(value: string): string {
  return /^[\w./@[\]+-]+$/.test(value) ? value : `"${value.replaceAll('"', ' ')}"`
}

function isSame(token: string, qualifier: string): boolean {
  return plain(token) === plain(qualifier)
}

function plain(token: string): string {
  return token.replaceAll('"', '').toLowerCase()
}

function splitTokens(query: string): string[] {
  return query.match(TOKEN) ?? []
}
