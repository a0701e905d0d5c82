import { type Scope, visibleCode } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile } from '#app/database/predicates.ts'

interface WantedFiles {
  /** `owner/name` */
  repository: string
  /** Preferred among the branches that have a file. */
  branch: string
  paths: string[]
}

/** Returns the addresses of those files that have a page, by their paths. */
export async function findFiles(
  db: Queryable,
  scope: Scope,
  { repository, branch, paths }: WantedFiles,
): Promise<Map<string, string>> {
  const { bind, values } = parametersOf([repository, branch, paths])
  const { rows } = await db.query<{ path: string; fullName: string; branch: string }>(
    `select distinct on (f.path) f.path, r.full_name, r.branch
     from code_ref r join code_file f on f.ref_id = r.id and f.path = any($3::text[])
       and ${isCurrentFile('f', 'r')}
     where lower(r.full_name) = lower($1) and r.generation > 0 and f.skipped is null
       and ${visibleCode(scope, 'r')(bind)}
     order by f.path, r.branch = $2 desc, r.indexed_at desc nulls last, r.id`,
    values,
  )
  return new Map(
    rows.map(({ path, fullName, branch: found }) => [
      path,
      `/code/${fullName}/${[...found.split('/'), ...path.split('/')].map(encodeURIComponent).join('/')}`,
    ]),
  )
}
