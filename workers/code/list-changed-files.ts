import { MOST_CHANGES } from '#app/code/git/list-changes.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { readUnlisted, storeGitList } from '#app/sync/complete/git-lists.ts'

/**
 * Lists what the pull requests of a repository change, where git has not done so for their heads. Those that the
 * clone does not have are left to GitHub, and to the next ingest. It continues where it was interrupted.
 */
export async function listChangedFiles(
  pool: Pool,
  clone: Clone,
  repositoryId: string,
): Promise<void> {
  for (let after = '0'; ; ) {
    const pulls = await readUnlisted(pool, repositoryId, { after, limit: MOST_CHANGES })
    const listed = await clone.listChanges(pulls)
    for (const [index, pull] of pulls.entries()) {
      const changes = listed[index]
      if (changes) await transaction(pool, (tx) => storeGitList(tx, pull, changes))
    }
    const last = pulls.at(-1)
    if (!last || pulls.length < MOST_CHANGES) return
    after = last.id
  }
}
