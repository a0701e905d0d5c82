/** Finds lines of indexed code by a symbol or by what stands there. */
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile, notForgotten } from '#app/database/predicates.ts'

/** One of both. */
export type Sought = { symbol: string } | { text: string }

export interface FoundPlace {
  /** The commit that was indexed. */
  oid: string
  path: string
  lines: { from: number; to: number }
}

interface Row {
  oid: string
  path: string
  startLine: number
  endLine: number
  text: string
}

/** Returns the first place, in the order of paths; null if there is none. */
export async function findPlace(
  db: Queryable,
  scope: Scope,
  repositoryId: string,
  sought: Sought,
): Promise<FoundPlace | null> {
  const { symbol, text } = { symbol: null, text: null, ...sought }
  const { values, bind } = parametersOf([repositoryId, symbol, text?.trim() ?? null])
  const { rows } = await db.query<Row>(
    `select coalesce(r.oid, '') as oid, f.path, c.start_line, c.end_line, c.text
     from repository own join code_ref r on r.repository_id = own.id and ${notForgotten('r')}
       join code_file f on f.ref_id = r.id and ${isCurrentFile('f', 'r')}
       join code_chunk c on c.file_id = f.id
     where own.id = $1 and ${visible(scope, 'own')(bind)} and case when $2::text is null
       then strpos(c.text, $3::text) > 0
       else lower(c.symbol) = lower($2) or right(lower(c.symbol), length($2) + 1) = '.' || lower($2) end
     order by r.indexed_at desc nulls last, r.id, f.path, c.part limit 1`,
    values,
  )
  const [row] = rows
  if (!row) return null
  const { oid, path, startLine, endLine } = row
  if (text === null) return { oid, path, lines: { from: startLine, to: endLine } }
  const wanted = text.trim()
  const from = startLine + row.text.slice(0, row.text.indexOf(wanted)).split('\n').length - 1
  return { oid, path, lines: { from, to: from + wanted.split('\n').length - 1 } }
}
