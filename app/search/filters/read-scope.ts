import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { SearchQuery } from '../query/query.ts'
import { conditionsOf } from './filters.ts'

/** Returns the repositories to search: those that the viewer may read, narrowed by `repo:` and `org:`. */
export async function readScope(
  db: Queryable,
  scope: Scope,
  query: SearchQuery,
): Promise<ReadableRepositoryId[]> {
  const parameters = parametersOf()
  const filters = query.filters.filter(({ kind }) => kind === 'repo' || kind === 'org')
  const { pulls } = conditionsOf({ ...query, filters, places: null, bots: null }, parameters)
  const { rows } = await db.query<{ id: ReadableRepositoryId }>(
    `select r.id from repository r
     where ${[visible(scope, 'r')(parameters.bind), ...pulls].join(' and ')}`,
    parameters.values,
  )
  return rows.map((row) => row.id)
}
