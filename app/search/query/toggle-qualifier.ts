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
  const others = tokens.filter((token) => !isSame(token, qualifier))
  const isOn = others.length < tokens.length
  return { isOn, query: (isOn ? others : [...tokens, qualifier]).join(' ') }
}

/** Returns the qualifiers of the query that a facet can set, each with the query that remains without it. */
export function narrowedBy(query: string): { qualifier: string; without: string }[] {
  const tokens = splitTokens(query)
  const narrowing = [...new Set(tokens.filter((token) => NARROWING.test(token)))]
  return narrowing.map((qualifier) => ({
    qualifier,
    without: tokens.filter((token) => token !== qualifier).join(' '),
  }))
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

// A quote inside a value cannot be escaped, and a comma would split the value.
function quotedValue(value: string): string {
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
