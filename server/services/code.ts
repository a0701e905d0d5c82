import { deleteReplaced, eraseForgotten } from '#app/code/generations/forget.ts'
import { openPreparer } from '#app/code/generations/prepare-files.ts'
import { cloneAddress } from '#app/code/git/clone-address.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { type Clones, openClones } from '#app/code/git/clones.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { openCredentials } from '#app/github/credentials.ts'
import type { CodeDeps } from '#workers/code/context.ts'

const GB = 1_000_000_000
const LIMITS = { totalBytes: 20 * GB, cloneBytes: 5 * GB, cloneMs: 3_600_000 }

/** Opens what the work on code needs: clones, threads that divide, and the credentials of the tenants. */
export function openCode(services: {
  pool: Pool
  config: Config
  logger: Logger
}): Omit<CodeDeps, 'pool'> {
  const { pool, config, logger } = services
  const credentials = openCredentials(pool, config, logger)
  return {
    clones: openClones({ dataDir: config.DATA_DIR, limits: LIMITS, logger }),
    preparer: openPreparer(),
    async addressOf(fullName) {
      const { webUrl } = await readConnection(pool, config)
      return cloneAddress(fullName, { webUrl, allowSsh: false }).url
    },
    async tokenOf(installationId) {
      const { rows } = await pool.query(
        `select from installation where id = $1 and kind = 'local'`,
        [installationId],
      )
      return rows.length > 0 ? null : credentials.tokenOf(installationId)
    },
  }
}

/** Deletes what is not searched any more: rows in batches, and clones of repositories that are not ingested. */
export async function tidyCode(pool: Pool, clones: Clones, signal: AbortSignal): Promise<void> {
  await deleteReplaced(pool, signal)
  await eraseForgotten(pool, null, signal)
  await clones.removeLeftovers()
  const { rows } = await pool.query<{ installationId: string; fullName: string }>(
    `select distinct installation_id, full_name from code_ref where ${notForgotten('code_ref')}`,
  )
  const wanted = new Set(rows.map((row) => cloneKey(row.installationId, row.fullName)))
  for (const { key } of await clones.usage()) if (!wanted.has(key)) await clones.remove(key, signal)
}
