import type { Preparer } from '#app/code/generations/prepare-files.ts'
import { type Ingest, renameIngest } from '#app/code/generations/read-ingest.ts'
import type { Cut } from '#app/code/generations/recipes.ts'
import { CloneError, type CloneFailure } from '#app/code/git/clone-error.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import type { Clones } from '#app/code/git/clones.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import type { GitSource, RepositoryOfTenant } from '#app/code/ingest/open-sources.ts'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'

/** The dependencies of the work on code. */
export interface CodeDeps {
  pool: Pool
  clones: Clones
  preparer: Preparer
  /** Returns the present name of a repository, `owner/name`, for one that it had; null if GitHub shows none. */
  nameNow: (installationId: string, fullName: string) => Promise<string | null>
  /** How files are cut into chunks. */
  cut: Cut
  /** Returns where git reads a repository. */
  sourceOf: (repository: RepositoryOfTenant) => Promise<GitSource>
}

/** What may pass on a retry. */
const PASSING: ReadonlySet<CloneFailure> = new Set(['network', 'broken', 'disk full'])

interface CloneOptions {
  signal: AbortSignal
  has?: string | null
  progress?: (share: number) => void
  isShared?: boolean
}

/**
 * Uses the clone of what is ingested.
 *
 * @param options.has a commit: a clone that has it is not updated.
 * @param options.progress is called with the share that is done, from 0 to 1.
 * @param options.isShared lets others use and update the clone meanwhile.
 * @throws RetryableError or FatalError if there is none; the abort reason if `signal` was aborted.
 */
export async function withClone<T>(
  deps: Omit<CodeDeps, 'preparer'>,
  ingest: Ingest,
  options: CloneOptions,
  use: (clone: Clone) => Promise<T>,
): Promise<T> {
  const { signal, has = null, progress = () => {}, isShared = false } = options
  const { installationId, fullName } = ingest
  const request = {
    key: cloneKey(installationId, fullName),
    ...(await deps.sourceOf({ installationId, fullName })),
    ...{ has, signal, isShared },
    progress: ({ share }: { share: number }) => progress(share),
  }
  return deps.clones.withClone(request, use).catch(async (error: unknown) => {
    if (!(error instanceof CloneError)) throw error
    const name = error.kind === 'moved' ? await followMove(deps, ingest) : null
    if (name) {
      const message = `The repository is called ${name} now. It is tried again under that name.`
      throw new RetryableError(message, 'broken', { cause: error })
    }
    const message = `${error.message}. ${error.hint}`
    if (PASSING.has(error.kind)) throw new RetryableError(message, 'broken', { cause: error })
    throw new FatalError(message, { cause: error })
  })
}

/** Gives what is ingested the present name of its repository. @returns null if GitHub tells no other one. */
async function followMove(
  { pool, nameNow }: Omit<CodeDeps, 'preparer'>,
  ingest: Ingest,
): Promise<string | null> {
  const name = await nameNow(ingest.installationId, ingest.fullName)
  if (name === null || name.toLowerCase() === ingest.fullName.toLowerCase()) return null
  return (await renameIngest(pool, ingest, name)) ? name : null
}
