import { discardUnfinished } from '#app/code/generations/note-files.ts'
import { noteCommit, readIngest } from '#app/code/generations/read-ingest.ts'
import { isUpToDate } from '#app/code/generations/recipes.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { warnOf } from '#app/database/failures.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import type { Settlement } from '../handlers.ts'
import { type CodeDeps, withClone } from './context.ts'
import { listChangedFiles } from './list-changed-files.ts'

const NOTE_EVERY_MS = 1_000

/** Clones or updates the repository, notes what its pull requests change, and finds the commit; what an earlier ingest left unfinished goes first. */
export async function cloneRepository(
  deps: CodeDeps,
  runId: string,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<Settlement> {
  const { pool } = deps
  const ingest = await readIngest(pool, runId)
  await discardUnfinished(pool, ingest, signal)
  const progress = openProgress(pool, runId, logger)
  const has = ingest.wantedOid
  const { oid } = await withClone(deps, ingest, { signal, has, progress }, async (clone) => {
    if (ingest.repositoryId) await listChangedFiles(pool, clone, ingest.repositoryId)
    return clone.resolve(ingest.wantedOid ? { sha: ingest.wantedOid } : { branch: ingest.branch })
  })
  const isDone = await isUpToDate(pool, { ...ingest, cut: deps.cut }, oid)
  return async (tx) => {
    if (isDone) return [{ state: 'done' }]
    await noteCommit(tx, ingest, oid)
    return [{ state: 'done', followUps: [listAfter(null)] }]
  }
}

/** Returns the item that lists the files after a path. */
export function listAfter(after: string | null): NewItem {
  return {
    place: 'github_code/extraction',
    key: `list ${after ?? ''}`,
    payload: { kind: 'list', after },
  }
}

/** Notes how much of the clone is done, about once a second. */
function openProgress(pool: Pool, runId: string, logger: Logger): (share: number) => void {
  let last = 0
  return (share) => {
    if (Date.now() - last < NOTE_EVERY_MS) return
    last = Date.now()
    pool
      .query('update ingest set cloned = greatest(cloned, $2) where run_id = $1', [runId, share])
      .catch((error: unknown) => warnOf(logger, error, 'the progress of a clone was not noted'))
  }
}
