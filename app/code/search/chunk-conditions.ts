import type { Parameters } from '#app/database/parameters.ts'
import { isCurrentFile, notForgotten } from '#app/database/predicates.ts'
import { isPath } from '#app/search/filters/patterns.ts'
import type { ReadableRefId } from './code-refs.ts'
import type { CodeQualifiers } from './parse-code-query.ts'

/** Which chunks are searched. */
export interface ChunkFilters extends Pick<CodeQualifiers, 'path' | 'lang' | 'symbol'> {
  refs: ReadableRefId[]
}

/** Returns the condition on `code_chunk c`, `code_ref r` and `code_file f`. */
export function chunkConditions(
  { refs, path, lang, symbol }: ChunkFilters,
  parameters: Parameters,
): string {
  const { bind } = parameters
  const conditions = [
    `c.ref_id = any(${bind(refs)}::bigint[])`,
    notForgotten('r'),
    isCurrentFile('f', 'r'),
  ]
  if (path.length > 0) conditions.push(isPath('f.path', path, parameters))
  if (lang.length > 0)
    conditions.push(
      `lower(f.language) = any(${bind(lang.map((one) => one.toLowerCase()))}::text[])`,
    )
  if (symbol.length > 0)
    conditions.push(`'.' || lower(c.symbol) like any(${bind(symbol.map(symbolPattern))}::text[])`)
  return conditions.join(' and ')
}

/** Matches a name, or the last parts of one: `close` and `Pool.close` match `net.Pool.close`. */
function symbolPattern(name: string): string {
  const escaped = name.toLowerCase().replace(/[\\%_]/g, '\\$&')
  return `%.${escaped.replace(/\*+/g, '%')}`
}
