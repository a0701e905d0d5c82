/** Facets as words of the query: what narrows a search stands in the box, where it can be read and changed. */

export type FacetName = 'repository' | 'author' | 'label' | 'state' | 'year'

interface Toggled {
  isOn: boolean
  /** With it where it is off, without it where it is on. */
  query: string
}

// A phrase, or a word that may hold one: `label:"good first issue"`.
const TOKEN = /(?:[^\s"]+|"[^"]*(?:"|$))+/g
const NARROWING = /^(?:repo|author|label|is|created):(?!$)/i

export function toggleQualifier(query: string, facet: FacetName, value: string): Toggled {
  const qualifier = qualifierOf(facet, value)
  const tokens = tokensOf(query)
  const others = tokens.filter((token) => !isSame(token, qualifier))
  const isOn = others.length < tokens.length
  return { isOn, query: (isOn ? others : [...tokens, qualifier]).join(' ') }
}

/** What narrows this query in the way facets do, and the query without it. */
export function narrowedBy(query: string): { qualifier: string; without: string }[] {
  const tokens = tokensOf(query)
  const narrowing = [...new Set(tokens.filter((token) => NARROWING.test(token)))]
  return narrowing.map((qualifier) => ({
    qualifier,
    without: tokens.filter((token) => token !== qualifier).join(' '),
  }))
}

function qualifierOf(facet: FacetName, value: string): string {
  switch (facet) {
    case 'repository':
      return `repo:${quoted(value)}`
    case 'author':
      return `author:${quoted(value)}`
    case 'label':
      return `label:${quoted(value)}`
    case 'state':
      return `is:${value}`
    case 'year':
      return `created:${value}-01-01..${value}-12-31`
  }
}

// A quote within a value has no way to be written; a comma would part it.
function quoted(value: string): string {
  return /^[\w./@[\]+-]+$/.test(value) ? value : `"${value.replaceAll('"', ' ')}"`
}

function isSame(token: string, qualifier: string): boolean {
  return plain(token) === plain(qualifier)
}

function plain(token: string): string {
  return token.replaceAll('"', '').toLowerCase()
}

function tokensOf(query: string): string[] {
  return query.match(TOKEN) ?? []
}
