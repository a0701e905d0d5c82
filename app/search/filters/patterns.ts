/** SQL that compares names and paths with what somebody typed; upper and lower case are the same. */
import type { Parameters } from '#app/database/parameters.ts'

/** Whether a column is one of the names; `*` stands for any part of a name. */
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
 * Whether a path holds one of the parts, or begins with one that has a slash before it, or is what a
 * glob says: `*` is within a folder, `**` goes through folders. A glob may begin in any folder, unless
 * a slash is before it; one that ends with a slash is all that lies below.
 */
export function isPath(column: string, parts: string[], { bind }: Parameters): string {
  const conditions = parts.map((part) => {
    if (part.includes('*')) return `${column} ~* ${bind(regexOf(part))}::text`
    if (part.startsWith('/'))
      return `starts_with(lower(${column}), lower(${bind(part.slice(1))}::text))`
    return `strpos(lower(${column}), lower(${bind(part)}::text)) > 0`
  })
  return `(${conditions.join(' or ')})`
}

function regexOf(glob: string): string {
  const body = glob
    .replace(/^\//, '')
    .split(/((?:\*\*+\/)+|\*+)/)
    .map((piece) => {
      if (!piece.startsWith('*')) return piece.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
      if (piece.endsWith('/')) return '(?:.*/)?'
      return piece === '*' ? '[^/]*' : '.*'
    })
    .join('')
  return `${glob.startsWith('/') ? '^' : '(?:^|/)'}${body}${glob.endsWith('/') ? '' : '$'}`
}
