import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cloneKey } from '#app/code/git/clone-key.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { mapCommits } from '#workers/code/map-commits.ts'
import type { GitHistory } from './git-history.ts'

interface Services {
  database: { pool: Pool }
  config: Pick<Config, 'DATA_DIR'>
}

/** Maps the commits of a history, and puts it where an ingest keeps the clone. @returns its folder. */
export async function layClone(
  { database, config }: Services,
  git: GitHistory,
  { installation, ...repository }: { installation: string; repositoryId: string; fullName: string },
): Promise<string> {
  await mapCommits(database.pool, git.clone, repository)
  const clones = join(config.DATA_DIR, 'clones')
  mkdirSync(clones, { recursive: true })
  const folder = join(clones, `${cloneKey(installation, repository.fullName)}.git`)
  renameSync(git.folder, folder)
  git.remove()
  return folder
}
