/** Where git reads the repositories of the tenants, and how it asks for their branches. */
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { openCredentials } from '#app/github/credentials.ts'
import { cloneAddress } from '../git/clone-address.ts'
import { listHeads, type Remote } from '../git/connect.ts'

const LONGEST_MS = 60_000

export interface RepositoryOfTenant {
  /** The tenant whose credentials read it. */
  installationId: string
  /** `owner/name`. */
  fullName: string
}

export type GitSource = Pick<Remote, 'url' | 'credentials'>

/**
 * Returns the newest commits of branches by their names, from GitHub.
 *
 * @param patterns names, or patterns of git, whose stars also match slashes; none means all branches.
 * @throws Error that says why it cannot.
 */
export type ReadHeads = (
  repository: RepositoryOfTenant,
  patterns: string[],
) => Promise<Map<string, string>>

export interface Sources {
  sourceOf(repository: RepositoryOfTenant): Promise<GitSource>
  readHeads: ReadHeads
}

/** What somebody ingests outside of the installations is read as everybody may, whatever keys the machine has. */
export function openSources(services: { pool: Pool; config: Config; logger: Logger }): Sources {
  const { pool, config, logger } = services
  const credentials = openCredentials(pool, config, logger)
  async function sourceOf({ installationId, fullName }: RepositoryOfTenant): Promise<GitSource> {
    const [{ webUrl }, isPublic] = [
      await readConnection(pool, config),
      await isLocal(pool, installationId),
    ]
    const bySsh = config.CODE_CLONE_PROTOCOL === 'ssh' && !isPublic
    return {
      url: cloneAddress(fullName, { webUrl, bySsh }).url,
      credentials: async () => (isPublic ? null : credentials.tokenOf(installationId)),
    }
  }
  return {
    sourceOf,
    async readHeads(repository, patterns) {
      const signal = AbortSignal.timeout(LONGEST_MS)
      return listHeads({ ...(await sourceOf(repository)), signal }, patterns)
    },
  }
}

/** Returns true for a tenant without credentials: of a maker, outside the installations. */
export async function isLocal(pool: Pool, installationId: string): Promise<boolean> {
  const { rows } = await pool.query(`select from installation where id = $1 and kind = 'local'`, [
    installationId,
  ])
  return rows.length > 0
}
