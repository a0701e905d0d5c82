/** Returns the query for these repositories only. @param names `owner/name` or `owner/*`. */
export function narrowQuery(query: string, names: string[]): string {
  return [query, ...names.map(qualifierOf)].join(' ')
}

function qualifierOf(name: string): string {
  return name.endsWith('/*') ? `org:${name.slice(0, -2)}` : `repo:${name}`
}
