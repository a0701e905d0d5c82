/** Reads an indexed file for its page. */
import { type Scope, visibleCode } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile } from '#app/database/predicates.ts'
import { PAGE_LINES } from './page-lines.ts'

export interface WantedFile {
  /** `owner/name` */
  repository: string
  /** Branch and path, divided by a slash; both may contain more. */
  place: string
  /** First line of the page. */
  from: number
}

export interface CodeFile {
  repository: string
  branch: string
  oid: string
  path: string
  language: string | null
  /** Lines of the file. */
  lines: number
  /** Number of the first line of `text`. */
  first: number
  /** Lines in order, with secrets masked. */
  text: string
}

/** Returns a part of a file of the generation that holds; null if it is not there, or out of scope. */
export async function readFile(
  db: Queryable,
  scope: Scope,
  { repository, place, from }: WantedFile,
): Promise<CodeFile | null> {
  const { bind, values } = parametersOf([repository, place, from, from + PAGE_LINES])
  const { rows } = await db.query<CodeFile>(
    `with file as (
       select f.id, r.full_name, r.branch, coalesce(r.oid, '') as oid, f.path, f.language
       from code_ref r join code_file f on f.ref_id = r.id
         and f.path = substr($2, length(r.branch) + 2) and ${isCurrentFile('f', 'r')}
       where lower(r.full_name) = lower($1) and starts_with($2, r.branch || '/') and r.generation > 0
         and ${visibleCode(scope, 'r')(bind)}
       order by length(r.branch) desc, r.indexed_at desc nulls last, r.id limit 1
     )
     select file.full_name as repository, file.branch, file.oid, file.path, file.language,
       max(c.end_line) as lines,
       min(c.start_line) filter (where c.end_line >= $3 and c.start_line < $4) as first,
       string_agg(c.text, e'\\n' order by c.part)
         filter (where c.end_line >= $3 and c.start_line < $4) as text
     from file join code_chunk c on c.file_id = file.id
     group by file.id, file.full_name, file.branch, file.oid, file.path, file.language`,
    values,
  )
  const [file] = rows
  return file && file.text !== null ? file : null
}
