import type { Config } from '#app/config/env.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { readConnection } from './connection/read-connection.ts'
import { repositoryNameOn } from './repository-names.ts'

/**
 * Returns the names of repositories that were given as names or as addresses on the connected GitHub, which the
 * environment or the set-up in the browser has chosen.
 *
 * @throws RefusedError that names the host of an address on another server.
 * @throws OperatorError for what is neither.
 */
export async function namedRepositories(
  db: Queryable,
  config: Config,
  given: string[],
): Promise<string[]> {
  if (given.length === 0) return []
  const { webUrl } = await readConnection(db, config)
  return given.map((text) => repositoryNameOn(webUrl, text))
}
