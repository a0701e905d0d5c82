import { z } from 'zod'
import type { Actor } from '#app/audit/record-entry.ts'
import { deleteReplaced, eraseForgotten } from '#app/code/generations/forget.ts'
import { openPreparer } from '#app/code/generations/prepare-files.ts'
import { countUnused, discardAbandoned, type UnusedCode } from '#app/code/generations/unused.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { type Clones, openClones } from '#app/code/git/clones.ts'
import { deleteUnusedHistories } from '#app/code/history/store-history.ts'
import { deleteEmptyProjects, findDeadRefs, hideDeadRefs } from '#app/code/ingest/dead-refs.ts'
import { isLocal, openSources, type Sources } from '#app/code/ingest/open-sources.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'
import { openGithub } from '#app/github/client.ts'
import { readPath } from '#app/github/read-path.ts'
import type { CodeDeps } from '#workers/code/context.ts'

const MB = 1_000_000
const MINUTE_MS = 60_000

interface CodeServices {
  pool: Pool
  config: Config
  logger: Logger
}

/** Opens what the work on code needs: clones, threads that divide, and the credentials of the tenants. */
export function openCode(
  services: CodeServices,
): Omit<CodeDeps, 'pool'> & Sources & { maxRetries: number } {
  const { pool, config } = services
  const reading = { ...services, github: openGithub(services) }
  return {
    ...{ ...openSources(services), clones: openClonesOf(services), preparer: openPreparer() },
    maxRetries: config.CODE_MAX_RETRIES,
    cut: { size: config.CODE_CHUNK_SIZE, overlap: config.CODE_CHUNK_OVERLAP },
    async nameNow(installationId, fullName) {
      const reader = (await isLocal(pool, installationId)) ? null : installationId
      const found = await readPath(reading, reader, `/repos/${fullName}`)
      return namedRepository.safeParse(found).data?.full_name ?? null
    },
  }
}

const namedRepository = z.object({ full_name: z.string() })

function openClonesOf({ config, logger }: CodeServices): Clones {
  const limits = {
    totalBytes: config.CODE_CLONES_MB * MB,
    cloneBytes: config.CODE_CLONE_MB * MB,
    cloneMs: config.CODE_CLONE_MINUTES * MINUTE_MS,
  }
  return openClones({ dataDir: config.DATA_DIR, limits, logger })
}

/** Deletes what is not searched any more: rows in batches, and clones of repositories that are not ingested. */
export async function tidyCode(pool: Pool, clones: Clones, signal: AbortSignal): Promise<void> {
  await deleteReplaced(pool, signal)
  await discardAbandoned(pool, signal)
  await eraseForgotten(pool, null, signal)
  await deleteEmptyProjects(pool)
  await deleteUnusedHistories(pool, signal)
  await clones.removeLeftovers()
  for (const { key } of await unusedClones(pool, clones, [])) await clones.remove(key, signal)
}

/** Returns the clones of repositories that are not ingested. @param without refs that do not count. */
async function unusedClones(pool: Pool, clones: Clones, without: string[]) {
  const { rows } = await pool.query<{ installationId: string; fullName: string }>(
    `select distinct installation_id, full_name from code_ref
     where ${notForgotten('code_ref')} and id <> all($1::bigint[])`,
    [without],
  )
  const wanted = new Set(rows.map((row) => cloneKey(row.installationId, row.fullName)))
  return (await clones.usage()).filter(({ key }) => !wanted.has(key))
}

export interface CleanedCode extends UnusedCode {
  /** The branches that are gone, by name. */
  dead: string[]
  clones: number
  /** Bytes of the clones. */
  bytes: number
}

/**
 * Deletes the code of branches that are gone, everything that no search sees, and clones that nobody uses.
 *
 * @returns what was deleted, or would be.
 */
export async function cleanUpCode(
  services: CodeServices,
  { actor, dryRun, signal }: { actor: Actor; dryRun: boolean; signal: AbortSignal },
): Promise<CleanedCode> {
  const { pool, logger } = services
  const clones = openClonesOf(services)
  const { readHeads } = openSources(services)
  const dead = await findDeadRefs(pool, async (installationId, fullName) => {
    try {
      return new Set((await readHeads({ installationId, fullName }, [])).keys())
    } catch (error) {
      signal.throwIfAborted()
      logger.warn({ err: error, repository: fullName }, 'its branches could not be listed')
      return null
    }
  })
  const ids = dead.map(({ id }) => id)
  const unused = await countUnused(pool, ids)
  const idle = await unusedClones(pool, clones, ids)
  if (!dryRun) {
    await hideDeadRefs(pool, dead, actor)
    await tidyCode(pool, clones, signal)
  }
  return {
    ...unused,
    dead: dead.map(({ name }) => name),
    clones: idle.length,
    bytes: idle.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
