/** Reads single paths of GitHub's API for a request that somebody waits for. */
import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import type { GithubClient } from './client.ts'
import { readConnection } from './connection/read-connection.ts'
import { limitError, sortRest } from './errors.ts'
import { sendOnce } from './send.ts'

const DEADLINE_MS = 10_000

/**
 * Reads a path with the credentials of an installation, or without any.
 *
 * @returns the body, or null if there is no such thing, or none that may be read.
 * @throws RateLimitedError, RetryableError or FatalError
 */
export async function readPath(
  { pool, config, github }: { pool: Pool; config: Config; github: GithubClient | null },
  installationId: string | null,
  path: string,
): Promise<unknown> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  if (installationId !== null && github) {
    const caller = { installationId, priority: PRIORITY.person, signal }
    return (await github.read(caller, path)).body
  }
  const { apiUrl } = await readConnection(pool, config)
  const sorted = sortRest(await sendOnce(`${apiUrl}${path}`, { token: null, signal }))
  switch (sorted.state) {
    case 'answered':
      return sorted.value.body
    case 'unauthorised':
      return null
    case 'limited':
      throw limitError(sorted)
    case 'failed':
      throw sorted.error
  }
}
