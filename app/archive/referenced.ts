import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

/**
 * Returns which of these pull requests are in the copy and in scope.
 *
 * @param names `owner/name#number`, in lower case.
 */
export async function readReferenced(
  db: Queryable,
  scope: Scope,
  names: string[],
): Promise<Set<string>> {
  if (names.length === 0) return new Set()
  const parts = [...new Set(names)].map((name) => name.split('#'))
  const { values, bind } = parametersOf([
    parts.map(([repository]) => repository),
    parts.map(([, number]) => Number(number)),
  ])
  const { rows } = await db.query<{ name: string }>(
    `select lower(r.full_name) || '#' || p.number as name
     from unnest($1::text[], $2::int[]) n (repository, number)
       join repository r on lower(r.full_name) = n.repository
       join pull_request p on p.repository_id = r.id and p.number = n.number
     where ${visible(scope, 'r')(bind)} and ${notDeleted('p')}`,
    values,
  )
  return new Set(rows.map(({ name }) => name))
}
