import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { GithubClient } from '#app/github/client.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { readPath } from '#app/github/read-path.ts'
import { cloneAddress } from '../git/clone-address.ts'
import { availability } from '../git/clones.ts'
import type { IngestServices } from './request-ingest.ts'

/** Opens what requests about code need: GitHub's answers, its address, and whether git is there. */
export function openIngest(services: {
  pool: Pool
  config: Config
  github: GithubClient | null
}): IngestServices {
  const { pool, config } = services
  return {
    pool,
    maxRetries: config.CODE_MAX_RETRIES,
    readGithub: (installationId) => (path) => readPath(services, installationId, path),
    async nameOf(repo) {
      const { webUrl } = await readConnection(pool, config)
      return cloneAddress(repo, { webUrl, bySsh: false }).repository
    },
    async whyOff() {
      const git = await availability()
      return git.available ? null : git.reason.message
    },
  }
}
