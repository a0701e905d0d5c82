/** Builds SQL that compares names and paths with user input, ignoring case. */
import type { Parameters } from '#app/database/parameters.ts'

/** Returns a condition that holds if the column equals one of the names; `*` matches any part of a name. */
export function isNamed(column: string, names: string[], { bind }: Parameters): string {
  const isPattern = names.some((name) => name.includes('*'))
  const list = bind(isPattern ? names.map(likeOf) : names)
  const lower = `array(select lower(one) from unnest(${list}::text[]) one)`
  return `lower(${column}) ${isPattern ? 'like' : '='} any (${lower})`
}

function likeOf(name: string): string {
  return name.replace(/[\\%_]/g, '\\$&').replace(/\*+/g, '%')
}

/**
 * Returns a condition that holds if a path contains one of the parts, starts with a part that begins with a
 * slash, or matches a glob. In a glob, `*` stays within a folder and `**` crosses folders. A glob can start
 * in any folder unless it begins with a slash; one that ends with a slash matches everything below.
 */
export function isPath(column: string, parts: string[], { bind }: Parameters): string {
  // In one expression, which PostgreSQL compares in one pass: 32 comparisons would take 32 times as long.
  return `${column} ~* ${bind(parts.map(regexOf).join('|'))}::text`
}

function regexOf(glob: string): string {
  const isGlob = glob.includes('*')
  const body = glob
    .replace(/^\//, '')
    .split(/((?:\*\*+\/)+|\*+)/)
    .map((piece) => {
      if (!piece.startsWith('*')) return piece.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
      if (piece.endsWith('/')) return '(?:.*/)?'
      return piece === '*' ? '[^/]*' : '.*'
    })
    .join('')
  const start = glob.startsWith('/') ? '^' : isGlob ? '(?:^|/)' : ''
  return `${start}${body}${isGlob && !glob.endsWith('/') ? '$' : ''}`
}
