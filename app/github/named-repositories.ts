import type { Config } from '#app/config/env.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { repositoryNameOn } from '#app/github/repository-names.ts'

/**
 * Returns the names of repositories that were given as names or as addresses on the connected GitHub, which the
 * environment or the set-up in the browser has chosen.
 *
 * @throws RefusedError that names the host of an address on another server.
 */
export async function namedRepositories(
  db: Queryable,
  config: Config,
  given: string[],
): Promise<string[]> {
  const { webUrl } = await readConnection(db, config)
  return given.map((text) => repositoryNameOn(webUrl, text))
}
