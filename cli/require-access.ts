import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'

/** @throws OperatorError without credentials for GitHub, or if the stored ones cannot be opened. */
export async function requireAccess(db: Queryable, config: Config): Promise<void> {
  const { access } = await readConnection(db, config)
  if (access.kind === 'unreadable') throw new OperatorError(access.message, access.hint)
  if (access.kind === 'none')
    throw new OperatorError(
      'No GitHub credentials are configured',
      'Open /setup in a browser, or set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.',
    )
}
