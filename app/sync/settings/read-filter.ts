import type { Queryable } from '#app/database/pool.server.ts'
import { makeFilter, type RepositoryFilter } from './repository-filter.ts'
import { checkStored } from './settings-shape.ts'

/**
 * Reads the `repository_filter` of an installation's settings; without one, everything is accepted. All
 * settings are validated here, since a run starts with the list of repositories.
 *
 * @throws FatalError with the field and a hint if a setting is invalid, which never means "accept everything".
 */
export async function readFilter(db: Queryable, installationId: string): Promise<RepositoryFilter> {
  const { rows } = await db.query<{ settings: unknown }>(
    'select settings from installation where id = $1',
    [installationId],
  )
  return makeFilter(checkStored(rows[0]?.settings ?? {}).repository_filter ?? {})
}
